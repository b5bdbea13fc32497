# Stands in for axllent/mailpit: takes every mail, and tells of them over HTTP.
ARG BASE
FROM $BASE
COPY --chmod=755 mailpit /mailpit
EXPOSE 1025 8025
ENTRYPOINT ["/mailpit"]
CMD []
