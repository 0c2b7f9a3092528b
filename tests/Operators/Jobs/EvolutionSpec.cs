using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>A pipeline that was changed meets what its older version stored.</summary>
public sealed class EvolutionSpec
{
    public sealed record Before(long Count);

    public sealed record After(long Count, string Note = "none");

    public sealed record Unstorable(Action Act);

    private static Pipeline Counting<TState>(Source<int> source, string name, Func<TState, TState> next, Func<TState> initial,
        string sourceName = "numbers")
    {
        var pipeline = Pipeline.Create("evolving");
        pipeline.Read(sourceName, source).KeyBy(n => n % 3)
            .EventSourced<TState, int>(name, (_, n) => [n], (state, _) => next(state), initial)
            .Write("out", Sinks.ForEach<int>(_ => { }));
        return pipeline;
    }

    private static Pipeline Old(Source<int> source, string name = "counts", string sourceName = "numbers") =>
        Counting<Before>(source, name, state => new Before(state.Count + 1), () => new Before(0), sourceName);

    private static async Task<long> RunAsync(Pipeline pipeline, ScriptedSource<int> source, Store store, int rows, string name = "counts",
        JobOptions? options = null)
    {
        await using Job job = await Job.StartAsync(pipeline, store, options ?? Runs.Quick);
        await source.CommittedAsync(rows);
        return (await job.Entity<int, Before>(new(name), 0).AskAsync())!.Count;
    }

    [Fact]
    public async Task State_that_gained_a_field_is_read_with_the_default_of_the_field()
    {
        var store = Store.InMemory();
        var source = new ScriptedSource<int>().Add(0, 1, 2, 3);
        await RunAsync(Old(source), source, store, 4);
        source.Add(0);
        await using Job job = await Job.StartAsync(
            Counting<After>(source, "counts", state => state with { Count = state.Count + 1 }, () => new After(0)), store, Runs.Quick);
        await source.CommittedAsync(5);
        After? state = await job.Entity<int, After>(new("counts"), 0).AskAsync();
        Assert.Equal(3, state!.Count);
    }

    [Fact]
    public async Task A_renamed_operator_is_refused_by_name()
    {
        var store = Store.InMemory();
        var source = new ScriptedSource<int>().Add(0);
        await RunAsync(Old(source), source, store, 1);
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(
            () => Job.StartAsync(Old(source, "conts"), store, Runs.Quick));
        Assert.All((string[])["'evolving'", "operator 'counts'", nameof(JobOptions.AllowRemovedState)],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_renamed_source_is_refused_by_name()
    {
        var store = Store.InMemory();
        var source = new ScriptedSource<int>().Add(0);
        await RunAsync(Old(source), source, store, 1);
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(
            () => Job.StartAsync(Old(source, sourceName: "nmbers"), store, Runs.Quick));
        Assert.Contains("source 'numbers'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_that_was_removed_on_purpose_starts_empty_when_it_comes_back_and_stays_right()
    {
        var store = Store.InMemory();
        var source = new ScriptedSource<int>().Add(0, 0, 0);
        Assert.Equal(3, await RunAsync(Old(source), source, store, 3));
        JobOptions removing = Runs.Quick with { AllowRemovedState = true };
        source.Add(0);
        Assert.Equal(1, await RunAsync(Old(source, "others"), source, store, 4, "others", removing));
        source.Add(0);
        Assert.Equal(1, await RunAsync(Old(source), source, store, 5, options: removing));
        Assert.Equal(1, await RunAsync(Old(source), source, store, 5));
    }

    [Fact]
    public async Task A_state_that_is_no_longer_declared_is_refused_by_name()
    {
        var store = Store.InMemory();
        var source = new ScriptedSource<int>().Add(0);
        await RunAsync(Old(source), source, store, 1);
        var pipeline = Pipeline.Create("evolving");
        pipeline.Read("numbers", source).KeyBy(n => n % 3).Process("counts", () => new Nothing())
            .Write("out", Sinks.ForEach<int>(_ => { }));
        StoreException error = await Assert.ThrowsAsync<StoreException>(() => Job.StartAsync(pipeline, store, Runs.Quick));
        Assert.All((string[])["'counts'", "does not declare"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_stored_is_refused_at_the_start_and_names_operator_and_state()
    {
        await RefusedAsync(keyed => keyed.Process("calls", () => new Keeps()), "'calls'", "State 'acts'", "Action");
        await RefusedAsync(keyed => keyed.Process("twice", () => new Twice()), "'twice'", "two states named 'same'");
        await RefusedAsync(
            keyed => keyed.EventSourced<Unstorable, int>("acts", (_, n) => [n], (state, _) => state, () => new Unstorable(() => { })),
            "'acts'", "state", "Action");

        static async Task RefusedAsync(Func<KeyedStream<int, int>, Stream<int>> build, params string[] parts)
        {
            var pipeline = Pipeline.Create("evolving");
            build(pipeline.Read("numbers", Sources.Of([1])).KeyBy(n => n)).Write("out", Sinks.ForEach<int>(_ => { }));
            PipelineException error = await Assert.ThrowsAsync<PipelineException>(() => Job.StartAsync(pipeline, Store.Volatile));
            Assert.All([.. parts, "'evolving'"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Wrong_graphs_are_refused_with_the_name_that_is_wrong()
    {
        Assert.Contains("'a b'", Assert.Throws<PipelineException>(() => Pipeline.Create("a b")).Message, StringComparison.Ordinal);
        var pipeline = Pipeline.Create("graph");
        Stream<int> numbers = pipeline.Read("numbers", Sources.Of([1]));
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(() => Job.StartAsync(pipeline, Store.Volatile));
        Assert.Contains("no sink", error.Message, StringComparison.Ordinal);
        Assert.Contains("'numbers'", Assert.Throws<PipelineException>(() => numbers.Write("numbers", Sinks.ForEach<int>(_ => { })))
            .Message, StringComparison.Ordinal);
        Assert.Contains("'x/y'", Assert.Throws<PipelineException>(() => numbers.Write("x/y", Sinks.ForEach<int>(_ => { }))).Message,
            StringComparison.Ordinal);
    }

    private sealed class Nothing : ProcessFunction<int, int, int>
    {
        public override void OnRow(in int row, ProcessContext<int, int> context)
        {
        }
    }

    private sealed class Keeps : ProcessFunction<int, int, int>
    {
        private readonly ValueState<Unstorable> _acts;

        public Keeps() => _acts = Value<Unstorable>("acts");

        public override void OnRow(in int row, ProcessContext<int, int> context) => _ = _acts.HasValue;
    }

    private sealed class Twice : ProcessFunction<int, int, int>
    {
        public Twice() => _ = (Value<int>("same"), List<int>("same"));

        public override void OnRow(in int row, ProcessContext<int, int> context)
        {
        }
    }
}
