# Stands in for haproxy:2.6-bookworm: Debian's own HAProxy 2.6.
ARG BASE
FROM $BASE
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends haproxy \
    && rm -rf /var/lib/apt/lists/* /etc/haproxy /var/lib/haproxy \
    && groupmod --gid 99 haproxy \
    && usermod --uid 99 haproxy \
    && install -d -o haproxy -g haproxy /var/lib/haproxy \
    && mkdir -p /usr/local/etc/haproxy \
    && ln -s /usr/sbin/haproxy /usr/local/sbin/haproxy
COPY haproxy-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
STOPSIGNAL SIGUSR1
ENTRYPOINT ["docker-entrypoint.sh"]
USER haproxy
CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
