# Stands in for mariadb:10.11: Debian's own MariaDB 10.11.
ARG BASE
FROM $BASE
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends -o DPkg::Options::=--force-unsafe-io mariadb-server gosu \
    && rm -rf /var/lib/apt/lists/* /var/lib/mysql \
    && rm -f /etc/mysql/mariadb.conf.d/50-server.cnf \
    && install -d -o mysql -g mysql /var/lib/mysql /run/mysqld \
    && mkdir /docker-entrypoint-initdb.d
COPY mariadb-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
COPY mariadb-healthcheck.sh /usr/local/bin/healthcheck.sh
VOLUME /var/lib/mysql
ENTRYPOINT ["docker-entrypoint.sh"]
EXPOSE 3306
CMD ["mariadbd"]
