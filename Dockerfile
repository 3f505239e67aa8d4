# The app for hosts other than Azure Functions, such as Container Apps: docs/deploy.md says what changes there.
# Azure Functions itself needs no image.
ARG FUNCTIONS_IMAGE=mcr.microsoft.com/azure-functions/python:4.1047.100-python3.13

FROM ${FUNCTIONS_IMAGE} AS packages
COPY requirements.txt /tmp/requirements.txt
RUN python3 -m pip install --no-cache-dir --disable-pip-version-check \
    --target /packages --require-hashes --requirement /tmp/requirements.txt

FROM ${FUNCTIONS_IMAGE}
RUN groupadd --gid 10001 app \
    && useradd --uid 10001 --gid app --home-dir /home/app --create-home --shell /usr/sbin/nologin app \
    # The host writes its keys here, and extension bundles into its home.
    && mkdir -p /azure-functions-host/Secrets \
    && chown app:app /azure-functions-host/Secrets
WORKDIR /home/site/wwwroot
COPY --from=packages /packages ./.python_packages/lib/site-packages
COPY host.json function_app.py ./
COPY shared ./shared
# Only root may listen on port 80, which the image has set.
ENV HOME=/home/app \
    ASPNETCORE_URLS=http://+:8080 \
    AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true
EXPOSE 8080
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/api/health', timeout=4)"]
# Not the image's start script: that one installs certificates first, as root.
CMD ["/azure-functions-host/Microsoft.Azure.WebJobs.Script.WebHost"]
