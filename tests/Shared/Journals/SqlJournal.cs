namespace ActorStreams.Tests;

/// <summary>The settings that somebody has who uses Akka.Persistence.Sql for other things: those that shards need come along.</summary>
internal static class SqlJournal
{
    public static string Of(string provider, string connection) => $$"""
        akka.persistence.journal {
          plugin = "akka.persistence.journal.sql"
          sql {
            class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
            connection-string = "{{connection}}"
            provider-name = "{{provider}}"
            auto-initialize = on
            tag-write-mode = Csv
          }
        }
        """;
}
