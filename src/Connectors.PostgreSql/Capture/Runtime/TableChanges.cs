using Npgsql;

namespace ActorStreams.Connectors.PostgreSql.Capture.Runtime;

/// <summary>Says what has become of a table between two looks at it, where rows came or went without a word in the log.</summary>
/// <remarks>
/// <para>Most of what happens to partitions is no such change: one that is made empty brings no rows, and neither does one that is
/// rewritten (VACUUM FULL, CLUSTER). What tells them apart is who wrote a row and
/// when: one that was written before the partition was attached was not told, nor was it gone when the partition's file is a new
/// one.</para>
/// <para>A transaction has its number from its first write, so one that is long under way may write into a partition with a number from
/// before it was attached. That is taken for an
/// attached row: an end, or a snapshot, too many, but no row too few.</para>
/// </remarks>
internal sealed class TableChanges(CaptureSettings settings, NpgsqlConnection connection, CancellationToken cancellation)
{
    /// <returns>What happened, as the end of a sentence that begins with the table; null: nothing that matters.</returns>
    public async Task<string?> FindAsync(TableShape before, TableShape now)
    {
        if (before.Table != now.Table)
            return "is another table than the one that was captured: that one was dropped and made again, or swapped by renaming";
        if (before.Publication != now.Publication)
            return $"is in another publication '{settings.Publication}' than before: that one was dropped and made again, and changes " +
                $"in between may be in none";
        if (before.Memberships.Count > 0 && !before.Memberships.Intersect(now.Memberships).Any())
            return $"was taken out of publication '{settings.Publication}' and put in again (or its filter or its columns were " +
                $"changed), and changes in between may be in none";
        if (!before.KeyColumns.SequenceEqual(now.KeyColumns, StringComparer.Ordinal))
            return $"had the key ({string.Join(", ", before.KeyColumns)}), and has ({string.Join(", ", now.KeyColumns)}) now";
        if (before.Partitions.SequenceEqual(now.Partitions))
            return null;
        var known = before.Partitions.ToDictionary(partition => partition.Oid, partition => partition.File);
        foreach (PartitionFile partition in now.Partitions)
        {
            bool isNew = !known.Remove(partition.Oid, out uint file);
            if (isNew && await HasRowsFromBeforeAsync(now.Table, partition.Oid))
                return $"got partition {await NameOfAsync(partition.Oid)} with rows in it (ATTACH PARTITION), which the log does not tell";
            if (!isNew && file != partition.File && !settings.Options.IgnoreDetached && await WasTruncatedAsync(now.Table, partition.Oid))
                return $"lost the rows of partition {await NameOfAsync(partition.Oid)}, which was truncated by itself: the log tells " +
                    $"only if the whole table is";
        }

        return known.Count == 0 || settings.Options.IgnoreDetached
            ? null
            : $"lost partition {await NameOfAsync(known.Keys.Min())}, which was detached or dropped, and the log does not tell which " +
                $"rows went with it";
    }

    private async Task<string> NameOfAsync(uint oid) => (string)(await ValueAsync(
        $"SELECT coalesce((SELECT oid::regclass::text FROM pg_class WHERE oid = {oid}), '(number {oid})')"))!;

    /// <summary>Whether a partition holds rows that are older than its place in the table: those of an earlier transaction, or of the same
    /// one and an earlier command.</summary>
    private async Task<bool> HasRowsFromBeforeAsync(uint table, uint partition) => await ValueAsync($"""
        WITH RECURSIVE above AS (
            SELECT inhparent, age(xmin) AS age, cmin::text::int8 AS command FROM pg_inherits WHERE inhrelid = {partition}
            UNION ALL SELECT i.inhparent, age(i.xmin), i.cmin::text::int8 FROM above a JOIN pg_inherits i ON i.inhrelid = a.inhparent),
        attached AS (SELECT age, command FROM above ORDER BY age, command DESC LIMIT 1)
        SELECT EXISTS (SELECT 1 FROM {await RowsOfAsync(table, partition)} r, attached a
            WHERE r.tableoid = {partition} AND (age(r.xmin) > a.age OR (age(r.xmin) = a.age AND r.cmin::text::int8 < a.command)))
        """) is true;

    /// <summary>Whether a partition with a new file holds nothing from before: then it was truncated, unless its columns were changed,
    /// which writes all rows anew.</summary>
    private async Task<bool> WasTruncatedAsync(uint table, uint partition) => await ValueAsync($"""
        SELECT NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND age(a.xmin) = age(c.xmin))
            AND NOT EXISTS (SELECT 1 FROM {await RowsOfAsync(table, partition)} r WHERE r.tableoid = {partition} AND age(r.xmin) > age(c.xmin))
        FROM pg_class c WHERE c.oid = {partition}
        """) is true;

    /// <summary>The partition itself, or the whole table where the user may only read that.</summary>
    private async Task<string> RowsOfAsync(uint table, uint partition) =>
        await ValueAsync($"SELECT has_table_privilege({partition}::oid, 'SELECT')") is true
        ? $"ONLY {await ValueAsync($"SELECT {partition}::oid::regclass::text")}"
        : $"{await ValueAsync($"SELECT {table}::oid::regclass::text")}";

    private async Task<object?> ValueAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }
}
