using ActorStreams.Operators.Patterns;
using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>Rows that wait for the watermark, over more than one restart.</summary>
public sealed class WaitingRowsSpec
{
    [Fact]
    public async Task Rows_that_come_after_a_restart_to_those_that_waited_survive_the_next_one_and_stand_behind_them()
    {
        var source = new TestSource<string>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StreamTest.StartAsync(pipeline => pipeline.Read("words", source).KeyBy(_ => 0)
            .Match("pairs", Pattern.Begin<string>("first").Next("second").AfterMatch(AfterMatch.SkipPastLast), match => string.Join(' ', match.Rows)).Write("out", sink));

        source.Element("a", at: "12:00:00");
        test.Commit().CrashAndRestore();
        source.Element("b", at: "12:00:00");
        test.Commit().CrashAndRestore();
        source.Watermark("12:01");

        sink.ShouldEmit("a b");
    }
}
