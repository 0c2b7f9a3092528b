using ActorStreams;
using Akka.Actor;

namespace Readings;

/// <summary>State by Akka.Persistence.Sql, in the database that has the rows.</summary>
internal static class ShardJournal
{
    /// <summary>What it is called on the command line.</summary>
    public const string Name = "akka";

    /// <summary>The settings of its journal plugin. The tables are there.</summary>
    public static string In(string connection) => Settings(connection, makesTables: false);

    /// <summary>Makes its tables, as whoever installs a service does: several nodes would be in each other's way.</summary>
    public static async Task CreateAsync(string connection)
    {
        using ActorSystem system = ActorSystem.Create("tables", Settings(connection, makesTables: true));
        await using Store store = Store.AkkaPersistence(system, Store.InMemory());
        Pipeline first = Pipeline.Create("tables");
        first.Read("numbers", Sources.Of([1])).KeyBy(static number => number).Aggregate("count", static all => all.Count())
            .Materialize("counts");
        await using Job job = await Job.StartAsync(first, store);
        await job.Completion;
    }

    private static string Settings(string connection, bool makesTables) => $$"""
        akka.persistence.journal {
          plugin = "akka.persistence.journal.sql"
          sql {
            class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
            connection-string = "{{connection}};Maximum Pool Size=16"
            provider-name = "PostgreSQL.15"
            auto-initialize = {{(makesTables ? "on" : "off")}}
            tag-write-mode = Csv
          }
        }
        """;
}
