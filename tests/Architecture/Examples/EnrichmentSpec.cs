using System.Diagnostics;
using System.Globalization;
using ActorStreams.Tests;

namespace ActorStreams.Architecture.Tests.Examples;

public sealed class EnrichmentSpec
{
    [Fact]
    public async Task Killed_and_started_again_the_example_ends_with_what_SQL_gives()
    {
        _ = PostgreSqlBinaries.Folder;   // the program starts a server of its own
        using var program = new Program("Enrichment");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program[""], (UnixFileMode)0b111_101_101);   // the server of the example may run as another user
        string[] arguments = ["--clicks", "6000", "--rate", "4000"];
        using (Process first = program.Start(arguments))
        {
            Assert.StartsWith("started after epoch", await first.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
            await Task.Delay(500);
            first.Kill();
            await first.WaitForExitAsync();
        }

        string[] lines = await program.RunAsync("", arguments);

        Assert.EndsWith("the same as SQL gives over the final tables", lines[^1], StringComparison.Ordinal);
        Assert.Equal(["6000|6000"], program.Query("enrichment.db", "SELECT count(*), count(DISTINCT click) FROM as_they_came"));
    }

    /// <summary>The server lives on while the program is killed as it writes: what was staged, prepared or half committed is made good by
    /// the next start.</summary>
    /// <remarks><c>ACTORSTREAMS_KILLS</c> says how often (default 3).</remarks>
    [Fact]
    public async Task A_table_of_another_database_ends_as_SQL_gives_it_however_often_the_program_was_killed()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable("ACTORSTREAMS_KILLS") ?? "3", CultureInfo.InvariantCulture),
            seed = Environment.TickCount;
        string database = PostgreSqlServer.Shared.NewDatabase();
        var random = new Random(seed);
        using var program = new Program("Enrichment");
        string[] arguments = ["--connection", database, "--clicks", $"{2500 + (kills * 2000)}", "--rate", "2500"];
        for (int kill = 0; kill < kills; kill++)
        {
            using Process run = program.Start(arguments);
            Assert.StartsWith("started after epoch", await run.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
            await Task.Delay(random.Next(100, 900));
            Assert.False(run.HasExited, $"Seed {seed}: it ended before kill {kill}.");
            run.Kill();
            await run.WaitForExitAsync();
        }

        string[] lines = await program.RunAsync("", arguments);
        Assert.True(lines[^1].EndsWith("the same as SQL gives over the final tables", StringComparison.Ordinal),
            $"Seed {seed}: {lines[^1]}");
        Assert.Equal(0L, PostgreSqlServer.Execute(database, "SELECT count(*) FROM actorstreams_staged_enriched_clicks"));
        Assert.True((long)PostgreSqlServer.Execute(database, "SELECT generation FROM actorstreams_epochs")! > kills,
            $"Seed {seed}: not every run has written.");
    }
}
