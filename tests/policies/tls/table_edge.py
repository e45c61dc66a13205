"""Rows about load balancers, Ingress objects and certificates."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP, Ref, thing
from tests.policies.table import Break, Row

_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
_ALB: Final = thing(
    "aws:lb/loadBalancer:LoadBalancer", "edge", loadBalancerType="application", dropInvalidHeaderFields=True
)
_LISTENER: Final = thing(
    "aws:lb/listener:Listener",
    "https",
    loadBalancerArn=Ref("edge", "arn"),
    port=443,
    protocol="HTTPS",
    sslPolicy=_POLICY,
    certificateArn="arn:aws:acm:ap-south-1:111122223333:certificate/1",
    defaultActions=[{"type": "forward", "targetGroupArn": "arn:aws:elasticloadbalancing:x"}],
)
_REDIRECT: Final = thing(
    "aws:lb/listener:Listener",
    "http",
    loadBalancerArn=Ref("edge", "arn"),
    port=80,
    protocol="HTTP",
    defaultActions=[{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}],
)
_CERTIFICATE: Final = thing(
    "aws:acm/certificate:Certificate",
    "edge-certificate",
    domainName="erp.example.com",
    subjectAlternativeNames=["gps.example.com"],
    validationMethod="DNS",
)
_ALARM: Final = thing(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "expiry",
    namespace="AWS/CertificateManager",
    metricName="DaysToExpiry",
    dimensions={"CertificateArn": Ref("edge-certificate", "arn")},
    alarmActions=["arn:aws:sns:ap-south-1:111122223333:alarms"],
)
_VALIDATION: Final = thing(
    "aws:acm/certificateValidation:CertificateValidation",
    "validation",
    certificateArn=Ref("edge-certificate", "arn"),
)
_NO_ALARM: Final = "no alarm on AWS/CertificateManager DaysToExpiry has this certificate as its dimension"
_IMPORTED: Final = "the certificate is imported, so ACM cannot renew it"
ROWS: Final = (
    Row(
        "tls-alb-https",
        (_ALB, _LISTENER, _REDIRECT),
        (
            Break({"https": DROP}, {"edge": "no HTTPS listener belongs to the load balancer"}),
            Break(
                {"http.defaultActions.0.type": "forward"},
                {"http": "the listener serves HTTP on port 80 instead of redirecting to HTTPS"},
            ),
            Break(
                {"http.defaultActions.0.redirect": DROP},
                {"http": "the listener serves HTTP on port 80 instead of redirecting to HTTPS"},
            ),
            Break(
                {},
                {"old": "a classic load balancer has no modern TLS policy: use an application load balancer"},
                plus=(thing("aws:elb/loadBalancer:LoadBalancer", "old"),),
            ),
        ),
        unknown="http.protocol",
        unknown_at="edge",
    ),
    Row(
        "tls-alb-policy",
        (_LISTENER,),
        (
            Break(
                {"https.sslPolicy": "ELBSecurityPolicy-2016-08"},
                {
                    "https": "sslPolicy is ELBSecurityPolicy-2016-08,"
                    " which is not on the list of policies for TLS 1.2 and 1.3 only"
                },
            ),
            Break(
                {"https.sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
                {
                    "https": "sslPolicy is ELBSecurityPolicy-TLS13-1-0-2021-06,"
                    " which is not on the list of policies for TLS 1.2 and 1.3 only"
                },
            ),
            Break(
                {"https.sslPolicy": DROP},
                {
                    "https": "sslPolicy is not set: the default is ELBSecurityPolicy-2016-08,"
                    " which speaks TLS 1.0"
                },
            ),
        ),
        unknown="https.sslPolicy",
    ),
    Row(
        "tls-alb-invalid-headers",
        (_ALB,),
        (Break({"edge.dropInvalidHeaderFields": DROP}, {"edge": "dropInvalidHeaderFields is not true"}),),
        unknown="edge.dropInvalidHeaderFields",
    ),
    Row(
        "tls-acm-managed",
        (_CERTIFICATE,),
        (
            Break(
                {"edge-certificate.validationMethod": "EMAIL"},
                {"edge-certificate": "validationMethod is EMAIL, so renewal needs a person"},
            ),
            Break({"edge-certificate.certificateBody": "-----BEGIN"}, {"edge-certificate": _IMPORTED}),
            Break(
                {"edge-certificate.keyAlgorithm": "RSA_1024"},
                {"edge-certificate": "keyAlgorithm is RSA_1024"},
            ),
            Break(
                {},
                {"own": "an IAM server certificate never renews itself"},
                plus=(thing("aws:iam/serverCertificate:ServerCertificate", "own"),),
            ),
        ),
        unknown="edge-certificate.validationMethod",
    ),
    Row(
        "tls-acm-no-wildcard",
        (_CERTIFICATE,),
        (
            Break(
                {"edge-certificate.domainName": "*.example.com"},
                {"edge-certificate": "the certificate is for *.example.com"},
            ),
            Break(
                {"edge-certificate.subjectAlternativeNames": ["*.gps.example.com"]},
                {"edge-certificate": "the certificate is for *.gps.example.com"},
            ),
        ),
        unknown="edge-certificate.subjectAlternativeNames",
    ),
    Row(
        "tls-acm-expiry-alarm",
        (_CERTIFICATE, _VALIDATION, _ALARM),
        (
            Break({"expiry": DROP}, {"edge-certificate": _NO_ALARM}),
            Break({"expiry.metricName": "Expired"}, {"edge-certificate": _NO_ALARM}),
            Break(
                {"expiry.dimensions.CertificateArn": "arn:aws:acm:ap-south-1:111122223333:certificate/other"},
                {"edge-certificate": _NO_ALARM},
            ),
            Break(
                {"expiry.alarmActions": []},
                {"edge-certificate": "the alarm expiry has no action, or its actions are off"},
            ),
            Break(
                {"expiry.actionsEnabled": False},
                {"edge-certificate": "the alarm expiry has no action, or its actions are off"},
            ),
        ),
        unknown="expiry.dimensions.CertificateArn",
        unknown_at="edge-certificate",
        also_holds=({"expiry.dimensions": {"CertificateArn": Ref("validation", "certificateArn")}},),
    ),
)
