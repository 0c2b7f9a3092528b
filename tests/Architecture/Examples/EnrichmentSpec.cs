using System.Diagnostics;

namespace ActorStreams.Architecture.Tests.Examples;

public sealed class EnrichmentSpec
{
    [Fact]
    public async Task Killed_and_started_again_the_example_ends_with_what_SQL_gives()
    {
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
}
