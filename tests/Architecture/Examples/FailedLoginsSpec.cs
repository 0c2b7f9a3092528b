using System.Diagnostics;
using System.Globalization;
using FailedLogins;

namespace ActorStreams.Architecture.Tests.Examples;

public sealed class FailedLoginsSpec
{
    private static readonly TimeSpan s_tenMinutes = TimeSpan.FromMinutes(10), s_silence = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Made_up_signals_raise_the_alerts_that_a_simple_model_raises()
    {
        using var program = new Program("FailedLogins");

        string[] lines = await program.RunAsync("", "--store", "a.db");

        Assert.Equal(["signals 25390", "rejected 0", "late 0", "three-failures 76", "silence 56", "alerts 132"], lines[^7..^1]);
        Assert.Equal(Model(GeneratedSignals.Of(120)), Alerts(program, "a.db"));
        Assert.Equal(132, lines.Length - 7);
    }

    [Fact]
    public async Task Lines_of_the_standard_input_raise_alerts_and_bad_ones_are_kept_with_their_reason()
    {
        using var program = new Program("FailedLogins");

        string[] lines = await program.RunAsync(
            """
            {"kind":"heartbeat","host":"web-1","time":"2026-01-01T12:00:00Z"}
            {"kind":"login","account":"ann","succeeded":false,"time":"2026-01-01T12:00:01Z"}
            {"account":"ann","succeeded":false,"time":"2026-01-01T13:00:03+01:00","kind":"login"}

            not json
            {"kind":"logout","account":"ann","time":"2026-01-01T12:00:03Z"}
            {"account":"ann","succeeded":false,"time":"2026-01-01T12:00:03Z"}
            {"kind":"login","account":null,"succeeded":false,"time":"2026-01-01T12:00:03Z"}
            {"kind":"login","succeeded":false,"time":"2026-01-01T12:00:03Z"}
            {"kind":"login","account":"ann","succeeded":true,"time":"yesterday"}
            {"kind":"heartbeat","host":"","time":"2026-01-01T12:00:03Z"}
            null
            {"kind":"login","account":"ann","succeeded":false,"time":"2026-01-01T12:00:02"}
            {"kind":"heartbeat","host":"web-1","time":"2026-01-01T12:00:29Z"}
            {"kind":"heartbeat","host":"web-1","time":"2026-01-01T12:00:59Z"}
            {"kind":"login","account":"bob","succeeded":true,"time":"2026-01-01T12:00:20Z"}
            """,
            "--stdin", "--store", "a.db");

        Assert.Equal(
            [
                "2026-01-01T12:00:59Z web-1 has been silent since 12:00:29",
                "2026-01-01T12:01:29Z web-1 has been silent since 12:00:59",
                "2026-01-01T12:10:01Z ann failed to log in three times from 12:00:01 and has not succeeded since",
                "signals 7", "rejected 8", "late 1", "three-failures 1", "silence 2", "alerts 3",
            ],
            lines[..^1]);
        string[] reasons = program.Query("a.db", "SELECT error FROM dead_letters ORDER BY position");
        string[] expected =
        [
            "line 5: 'not json' is an invalid JSON literal", "line 6: Read unrecognized type discriminator id 'logout'",
                "line 7: it has no kind",
            "line 8: The constructor parameter 'Account'",
                "line 9: JSON deserialization for type 'FailedLogins.Login' was missing required properties including: 'account'",
            "line 10: time is not an ISO 8601 time", "line 11: host is empty", "line 12: null is not a signal",
                "Late: event time 2026-01-01T12:00:20Z",
        ];
        Assert.Equal(expected.Length, reasons.Length);
        Assert.All(reasons.Zip(expected), pair => Assert.Contains(pair.Second, pair.First, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_and_started_again_it_goes_on(bool stdin)
    {
        using var program = new Program("FailedLogins");
        Signal[] signals = GeneratedSignals.Of(120);
        string input = stdin ? string.Join('\n', signals.Select(Json)) : "";
        string[] arguments = stdin ? ["--stdin", "--store", "a.db"] : ["--store", "a.db"];

        using (Process process = program.Start([.. arguments, "--epoch", "20", "--rate", "4000"]))
        {
            Task feeding = stdin ? FeedAsync(process, input) : Task.CompletedTask;
            await UntilCommittedAsync(process, program, "alerts");
            process.Kill();
            await process.WaitForExitAsync();
            await feeding;
        }

        string[] before = Alerts(program, "a.db");
        string[] lines = await program.RunAsync(input, arguments);

        Assert.InRange(before.Length, 1, 131);
        Assert.Equal(["signals 25390", "rejected 0", "late 0", "three-failures 76", "silence 56", "alerts 132"], lines[^7..^1]);
        Assert.InRange(lines.Length - 7, 132 - before.Length, 131);        // it did not begin anew: fewer are told than there are
        Assert.Equal(Model(signals), Alerts(program, "a.db"));
    }

    [Fact]
    public async Task An_input_shorter_than_what_is_committed_is_refused()
    {
        using var program = new Program("FailedLogins");
        string line = Json(new Heartbeat("web-1", DateTimeOffset.UnixEpoch));
        using (Process process = program.Start("--stdin", "--store", "a.db", "--epoch", "20"))
        {
            await process.StandardInput.WriteLineAsync($"{line}\n{line}\nbad");
            await UntilCommittedAsync(process, program, "dead_letters");
            process.Kill();
            await process.WaitForExitAsync();
        }

        using Process again = program.Start("--stdin", "--store", "a.db");
        await again.StandardInput.WriteLineAsync(line);
        again.StandardInput.Close();
        string error = await again.StandardError.ReadToEndAsync();
        await again.WaitForExitAsync();

        Assert.Equal(1, again.ExitCode);
        Assert.Contains("The standard input ends after 1 lines, but 3 are committed already.", error, StringComparison.Ordinal);
    }

    /// <summary>Waits for the first row of a table: a line about progress is written after the epoch that it names is committed.</summary>
    private static async Task UntilCommittedAsync(Process process, Program program, string table)
    {
        do
        {
            Assert.StartsWith("epoch ", await process.StandardError.ReadLineAsync(), StringComparison.Ordinal);
        }
        while (program.Query("a.db", $"SELECT 1 FROM sqlite_master WHERE name = '{table}'").Length == 0
            || program.Query("a.db", $"SELECT 1 FROM {table} LIMIT 1").Length == 0);
    }

    private static async Task FeedAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // it was killed before it had read everything: that is what the test is about
        }
    }

    private static string Json(Signal signal) => signal switch
    {
        Login login =>
            $$"""{"kind":"login","account":"{{login.Account}}","succeeded":{{(login.Succeeded ? "true" : "false")}},"time":"{{login.Time:O}}"}""",
        Heartbeat beat => $$"""{"kind":"heartbeat","host":"{{beat.Host}}","time":"{{beat.Time:O}}"}""",
        _ => throw new UnreachableException(),
    };

    private static string[] Alerts(Program program, string store) =>
        program.Query(store, "SELECT kind, subject, since FROM alerts ORDER BY kind, subject, since");

    /// <summary>All signals at once, in order, account by account and host by host.</summary>
    private static IEnumerable<string> Model(Signal[] signals)
    {
        var alerts = new List<(string Kind, string Subject, DateTimeOffset Since)>();
        foreach (IGrouping<string, Login> account in signals.OfType<Login>().GroupBy(login => login.Account))
        {
            Login[] logins = [.. account.OrderBy(login => login.Time)];
            for (int i = 0; i + 2 < logins.Length; i++)
            {
                DateTimeOffset end = logins[i].Time + s_tenMinutes;
                bool isBurst = logins[i..(i + 3)].All(login => !login.Succeeded) && logins[i + 2].Time < end;
                if (!isBurst || logins[(i + 3)..].Any(login => login.Succeeded && login.Time < end))
                    continue;
                alerts.Add(("three-failures", account.Key, logins[i].Time));
                i += 2;
            }
        }

        foreach (IGrouping<string, Heartbeat> host in signals.OfType<Heartbeat>().GroupBy(beat => beat.Host))
        {
            DateTimeOffset[] beats = [.. host.Select(beat => beat.Time).Order(), DateTimeOffset.MaxValue];
            alerts.AddRange(beats.Zip(beats.Skip(1)).Where(pair => pair.Second - pair.First >= s_silence)
                .Select(pair => ("silence", host.Key, pair.First)));
        }

        return alerts.Select(
            alert => string.Create(CultureInfo.InvariantCulture, $"{alert.Kind}|{alert.Subject}|{alert.Since:yyyy-MM-ddTHH:mm:ss.ffffff}Z"))
            .Order(StringComparer.Ordinal);
    }
}
