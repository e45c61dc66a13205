"""Everything that an environment keeps in the region of its standby, declared by the environment itself."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from ..data import Filestore, ObjectStore
from ..data.secrets import SecretReplica
from ..keys import EncryptionKey
from ..keys.statements import data_replicas, secret_replicas
from ..naming import DATA_REPLICAS, SECRET_REPLICAS, Naming
from ..settings import EstateSettings
from .buckets import ReplicaBuckets
from .images import ImageReplication


class Replication(pulumi.ComponentResource):
    """Copies of the home's objects, files, images and secrets in the region of its standby (ENV-05, DATA-08).

    | what | copied by | how far behind |
    |---|---|---|
    | buckets in `replicated_buckets` | S3 replication with time control | 15 minutes, by AWS's agreement |
    | Odoo's files | EFS replication into the standby's file system | 15 minutes for most file systems |
    | images | ECR replication, for what is pushed from now on | minutes |
    | partners' secrets | Secrets Manager | seconds |

    The database and its log are copied elsewhere: the standby's stack makes the replica, backups copy the
    log. Copies have names and keys of the home in the other region, so the home's stack needs nothing of the
    standby's but the id of its file system, and the standby's nothing of this region.

    While the home is the standby of its standby, files and images are copied the other way; buckets are not,
    for away from home nothing writes to them (docs/runbooks/failback.md).
    """

    secret_replica: SecretReplica
    """Where partners' secrets are copied to."""

    def __init__(
        self,
        name: str,
        *,
        settings: EstateSettings,
        naming: Naming,
        there: aws.Provider,
        region: str,
        objects: ObjectStore,
        filestore: Filestore,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare copies and replication; `there` is the provider of `region`, where the copies lie."""
        super().__init__("fleet:recovery:Replication", name, None, opts)
        elsewhere = naming.elsewhere(region)
        recovery = settings.recovery
        home_is_followed = recovery.serving

        def key(purpose: str, what: str) -> EncryptionKey:
            policy = data_replicas if purpose == DATA_REPLICAS else secret_replicas
            return EncryptionKey(
                purpose,
                what=what,
                policy=policy(elsewhere),
                settings=settings.encryption,
                naming=elsewhere,
                opts=pulumi.ResourceOptions(parent=self, provider=there, protect=protect),
            )

        data_key = key(DATA_REPLICAS, "Copies of objects and images")
        secrets_key = key(SECRET_REPLICAS, "Copies of secrets")
        ReplicaBuckets(
            "replica-buckets",
            settings=settings.objects,
            copied=recovery.replicated_buckets,
            naming=naming,
            elsewhere=elsewhere,
            there=there,
            key_arn=data_key.arn,
            objects=objects,
            protect=protect,
            opts=pulumi.ResourceOptions(parent=self),
        )
        ImageReplication(
            "image-replication",
            settings=settings.registry,
            naming=naming,
            elsewhere=elsewhere,
            there=there,
            key_arn=data_key.arn,
            homeward=not home_is_followed,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if recovery.peer_filestore_id is not None:
            self._copy_files(
                own=filestore.file_system_id,
                theirs=recovery.peer_filestore_id,
                naming=naming,
                elsewhere=elsewhere,
                there=there,
                homeward=not home_is_followed,
            )
        self.secret_replica = SecretReplica(region=region, key_arn=secrets_key.arn)
        self.register_outputs({"dataKeyArn": data_key.arn, "secretsKeyArn": secrets_key.arn})

    def _copy_files(
        self,
        *,
        own: pulumi.Output[str],
        theirs: str,
        naming: Naming,
        elsewhere: Naming,
        there: aws.Provider,
        homeward: bool,
    ) -> None:
        """Declare the replication of Odoo's files in the region of the file system that they come from.

        Each direction is a resource of its own. Turning round takes two deployments, for AWS refuses a file
        system that is source and destination: the runbook ends the first before it asks for the other.
        """
        source, target, region = (theirs, own, naming.region) if homeward else (own, theirs, elsewhere.region)
        aws.efs.ReplicationConfiguration(
            "files-homeward" if homeward else "files",
            aws.efs.ReplicationConfigurationArgs(
                source_file_system_id=source,
                destination=aws.efs.ReplicationConfigurationDestinationArgs(
                    file_system_id=target, region=region
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, provider=there if homeward else None),
        )
