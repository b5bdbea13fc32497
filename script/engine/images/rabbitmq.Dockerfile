# Stands in for rabbitmq:3.10: Debian's own RabbitMQ 3.10.
ARG BASE
FROM $BASE
# Else the package starts one, and makes it a cookie, while the image is built.
RUN printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \
    && apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends -o DPkg::Options::=--force-unsafe-io rabbitmq-server gosu \
    && rm -rf /var/lib/apt/lists/* /var/lib/rabbitmq /usr/sbin/policy-rc.d \
    && install -d -o rabbitmq -g rabbitmq /var/lib/rabbitmq /etc/rabbitmq
COPY rabbitmq-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENV HOME=/var/lib/rabbitmq RABBITMQ_LOGS=-
VOLUME /var/lib/rabbitmq
ENTRYPOINT ["docker-entrypoint.sh"]
EXPOSE 5672
CMD ["rabbitmq-server"]
