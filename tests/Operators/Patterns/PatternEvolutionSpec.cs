using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Patterns;

/// <summary>A changed pattern meets the partial matches that its older version stored.</summary>
public sealed class PatternEvolutionSpec
{
    private static readonly Pattern<long, long> s_start = Pattern.Begin<long>("a", n => n % 10 == 1);

    [Fact]
    public async Task A_changed_condition_and_appended_stages_keep_partial_matches()
    {
        Pattern<long> changed = s_start.FollowedBy("b", n => n % 10 is 2 or 5).FollowedBy("c", n => n % 10 == 3);

        Assert.Equal(["11 15 23"], await RestartAsync(s_start.FollowedBy("b", n => n % 10 == 2), changed));
    }

    [Fact]
    public async Task A_pattern_that_begins_otherwise_is_refused_with_the_stage_that_differs()
    {
        Exception error = await Assert.ThrowsAnyAsync<ActorStreamsException>(
            () => RestartAsync(s_start.FollowedBy("b", n => n % 10 == 2), s_start.Next("b", n => n % 10 == 2)));
        Assert.All((string[])["'pairs'", "stage 2", "b: Relaxed", "b: Strict", "new name"],
            part => Assert.Contains(part, error.ToString(), StringComparison.Ordinal));
    }

    private static async Task<List<string>> RestartAsync(Pattern<long> before, Pattern<long> after)
    {
        await using Store store = Store.InMemory();
        var source = new ScriptedSource<long>().Add(11, 14);
        var found = new List<string>();
        await using (Job job = await Job.StartAsync(Build(source, before, found), store, Runs.Quick))
        {
            await source.CommittedAsync(2);
            await job.StopAsync();
        }

        source.Add(15, 23, 99);
        await using (Job job = await Job.StartAsync(Build(source, after, found), store, Runs.Quick))
        {
            await source.CommittedAsync(5);
            await job.StopAsync();
        }

        return found;
    }

    private static Pipeline Build(ScriptedSource<long> source, Pattern<long> pattern, List<string> found)
    {
        var pipeline = Pipeline.Create("evolving");
        pipeline.Read("numbers", source).WithEventTime(n => n * 1_000_000, Watermarks.Monotonic())
            .KeyBy(_ => 0).Match("pairs", pattern).Select(match => string.Join(' ', match.Rows))
                .Write("out", Sinks.ForEach<string>(found.Add));
        return pipeline;
    }
}
