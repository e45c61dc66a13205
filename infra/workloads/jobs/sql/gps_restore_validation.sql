-- Inside the GPS database: what the check of a restored copy may read.

SET LOCAL ROLE gps_owner;
GRANT USAGE ON SCHEMA gps TO restore_validation;
GRANT SELECT (vehicle_id, device_time, latitude, longitude) ON gps.positions TO restore_validation;
