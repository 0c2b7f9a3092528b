namespace ActorStreams.Persistence.Sqlite;

/// <summary>Looks for damage when a file is opened: what no checksum of a row could tell, because the row is not found.</summary>
/// <remarks>
/// A flipped bit in an index hides rows, or shows those of something else. SQLite compares indexes, tables and free pages when it is asked
/// to. Small files are looked through whole. In large ones that would hold up the start; there only the few small tables are, on which
/// everything else depends: the journal and topics have counts and chained checksums.
/// </remarks>
internal static class SqliteInspection
{
    /// <summary>Files up to this size are looked through whole: a fraction of a second.</summary>
    public const long WholeBytes = 32 * 1024 * 1024;

    private static readonly string[] s_small =
        ["sqlite_schema", "actorstreams_meta", "actorstreams_jobs", "actorstreams_operators", "actorstreams_epochs", "actorstreams_topics",
            "actorstreams_topic_schemas", "actorstreams_topic_partitions"];

    /// <exception cref="StoreException">The file is damaged; the message says what was found.</exception>
    public static void Check(SqliteDatabase database)
    {
        long pages = database.Number("PRAGMA page_count") ?? 0;
        if (pages == 0)
            return;
        if (pages * (database.Number("PRAGMA page_size") ?? 0) <= WholeBytes)
        {
            try
            {
                Check(database, "PRAGMA integrity_check(1)");
                return;
            }
            catch (StoreException error) when (error.Message.Contains("no such collation", StringComparison.Ordinal))
            {
                // somebody's own index, which only his program can read: our tables are looked at one by one
            }
        }

        foreach (string table in s_small)
        {
            if (table == s_small[0] || database.Number($"SELECT count(*) FROM sqlite_schema WHERE name = '{table}'") != 0)
                Check(database, $"PRAGMA integrity_check('{table}')");
        }
    }

    private static void Check(SqliteDatabase database, string pragma)
    {
        SqliteStatement check = database.Statement(pragma);
        try
        {
            if (!check.Step())
                return;
            string found = check.Text(0);
            if (found != "ok")
                throw Damaged(database, found.ReplaceLineEndings(" "));
        }
        finally
        {
            check.Reset();
        }
    }

    private static StoreException Damaged(SqliteDatabase database, string found) =>
        new($"SQLite store '{database.Path}': the file is damaged ({found}). Restore it from a backup; with none, 'sqlite3 FILE .recover' saves the tables that can still be read.");
}
