using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>What the catalogue says of a table at one moment.</summary>
/// <param name="Shape">What must stay as it is.</param>
/// <param name="Terms">The rest on which a capture depends, as text: kind, replica identity, persistence, what the publication leaves out.
/// Another text is a reason to check again.</param>
internal sealed record TableLook(TableShape Shape, string Terms)
{
    private const string BySchema = """
        UNION ALL SELECT s.oid::int8 FROM pg_publication_namespace s
        WHERE s.pnpubid = p.oid AND s.pnnspid IN (SELECT relnamespace FROM above)
        """;

    /// <summary>One row, or none if there is no such table. $1 the schema, $2 the table, $3 the publication.</summary>
    /// <remarks>Reads rows of the catalogue only. The functions and views that would say the same lock the table, and would wait for
    /// whoever is changing it.</remarks>
    public static string Sql(Version server) => $"""
        WITH RECURSIVE t AS (
            SELECT c.oid, c.relkind, c.relreplident, c.relpersistence, c.relispartition, c.relnamespace
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2),
        above AS (
            SELECT oid, relispartition, relnamespace FROM t
            UNION ALL SELECT c.oid, c.relispartition, c.relnamespace
            FROM above a JOIN pg_inherits i ON i.inhrelid = a.oid JOIN pg_class c ON c.oid = i.inhparent WHERE a.relispartition),
        below AS (
            SELECT i.inhrelid AS oid FROM pg_inherits i JOIN t ON i.inhparent = t.oid WHERE t.relkind = 'p'
            UNION ALL SELECT i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.oid)
        SELECT t.oid::int8,
            concat_ws(' ', t.relkind, t.relreplident, t.relpersistence, t.relispartition,
                p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot, p.puballtables),
            coalesce(p.oid, 0)::int8,
            ARRAY(SELECT 0::int8 WHERE p.puballtables
                UNION ALL SELECT r.oid::int8 FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid IN (SELECT oid FROM above)
                {(server.Major >= 15 ? BySchema : "")} ORDER BY 1),
            ARRAY(SELECT a.attname::text FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, at), pg_attribute a
                WHERE i.indrelid = t.oid AND CASE t.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END
                    AND k.at <= i.indnkeyatts AND a.attrelid = i.indrelid AND a.attnum = k.attnum ORDER BY k.at),
            ARRAY(SELECT c.oid::int8 FROM below b JOIN pg_class c ON c.oid = b.oid WHERE c.relkind <> 'p' ORDER BY 1),
            ARRAY(SELECT c.relfilenode::int8 FROM below b JOIN pg_class c ON c.oid = b.oid WHERE c.relkind <> 'p' ORDER BY c.oid::int8)
        FROM t LEFT JOIN pg_publication p ON p.pubname = $3
        """;

    public static NpgsqlParameter[] Parameters(CaptureSettings settings) =>
        [new() { Value = settings.Schema }, new() { Value = settings.Name }, new() { Value = settings.Publication }];

    /// <summary>Takes the result of <see cref="Sql"/>; null: there is no such table.</summary>
    public static async Task<TableLook?> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        if (!await reader.ReadAsync(cancellation))
            return null;
        long[] partitions = reader.GetFieldValue<long[]>(5), files = reader.GetFieldValue<long[]>(6);
        return new TableLook(
            new TableShape
            {
                Table = (uint)reader.GetInt64(0),
                Publication = (uint)reader.GetInt64(2),
                Memberships = [.. reader.GetFieldValue<long[]>(3).Select(number => (uint)number)],
                KeyColumns = reader.GetFieldValue<string[]>(4),
                Partitions = [.. partitions.Zip(files, (oid, file) => new PartitionFile((uint)oid, (uint)file))],
            },
            reader.GetString(1));
    }
}
