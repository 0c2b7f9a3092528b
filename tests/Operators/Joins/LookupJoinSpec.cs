using ActorStreams.TestKit;

namespace ActorStreams.Operators.Tests.Joins;

public sealed class LookupJoinSpec
{
    [Fact]
    public async Task Answers_are_kept_shared_and_restored()
    {
        var asked = new List<string>();
        var source = new TestSource<string>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StartAsync(source, sink, async (key, _) =>
        {
            asked.Add(key);
            await Task.Yield();
            return key == "nobody" ? Lookup<string>.None : key.ToUpperInvariant();
        });
        source.Element("ann", "12:00").Element("ann", "12:00").Element("nobody", "12:00").Element("bob", "12:00");
        sink.ShouldEmit("""
            ann ANN
            ann ANN
            nobody -
            bob BOB
            """);
        Assert.Equal(["ann", "nobody", "bob"], asked);
        test.Commit().CrashAndRestore(2);
        source.Element("ann", "12:00").Element("nobody", "12:00");
        Assert.Equal(6, sink.Rows.Count);
        Assert.Equal(3, asked.Count);
        test.AdvanceTime(TimeSpan.FromMinutes(11));
        source.Element("ann", "12:00");
        Assert.Equal(7, sink.Rows.Count);
        Assert.Equal(["ann", "nobody", "bob", "ann"], asked);
    }

    [Fact]
    public async Task Resilience_repeats_a_call_and_an_error_that_stays_skips_the_row()
    {
        var asked = new HashSet<string>();
        var source = new TestSource<string>();
        var sink = new TestSink<string>();
        await using StreamTest test = await StartAsync(source, sink, async (key, _) =>
        {
            await Task.Yield();
            return asked.Add(key) || key == "broken" ? throw new InvalidOperationException("no answer") : (Lookup<string>)key;
        });
        source.Element("a", "12:00").Element("broken", "12:00").Element("b", "12:00");
        Assert.Equal(["a a", "b b"], sink.Rows.Order());
        Assert.Equal(1, test.Job.Metrics.Operators["lookup"]["errors"]);
    }

    private static Task<StreamTest> StartAsync(TestSource<string> source, TestSink<string> sink,
        Func<string, CancellationToken, ValueTask<Lookup<string>>> lookup) =>
        StreamTest.StartAsync(pipeline => pipeline.Read("rows", source).KeyBy(key => key)
            .LookupJoin("lookup", lookup, JoinType.Left, new LookupJoinOptions<string>
            {
                CacheTimeToLive = TimeSpan.FromMinutes(10),
                Resilience = async (call, token) =>
                {
                    try
                    {
                        return await call(token);
                    }
                    catch (InvalidOperationException)
                    {
                        return await call(token);
                    }
                },
            }, ErrorPolicy.Skip)
            .Map(pair => $"{pair.Left} {(pair.HasRight ? pair.Right : "-")}")
            .Write("out", sink));
}
