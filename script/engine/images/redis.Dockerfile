# Stands in for redis:7.0-bookworm: Debian's own Redis 7.0.
ARG BASE
FROM $BASE
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends -o DPkg::Options::=--force-unsafe-io redis-server gosu \
    && rm -rf /var/lib/apt/lists/* /etc/redis \
    && install -d -o redis -g redis /data
COPY redis-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /data
WORKDIR /data
ENTRYPOINT ["docker-entrypoint.sh"]
EXPOSE 6379
CMD ["redis-server"]
