using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Windows;

/// <summary>Open windows of one size are not continued as windows of another.</summary>
public sealed class DefinitionSpec
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    private readonly ScriptedSource<Reading> _source = new ScriptedSource<Reading>().Add(new Reading("a", 1));
    private readonly List<long> _counts = [];
    private readonly Store _store = Store.InMemory();

    private Pipeline Build(TimeSpan size, TimeSpan offset = default, string name = "sums")
    {
        var pipeline = Pipeline.Create("defined");
        pipeline.Read("rows", _source).WithEventTime(row => row.Time, Watermarks.Monotonic()).KeyBy(row => row.Key)
            .Window(name, Window.Tumbling(size, offset)).Aggregate(Aggregate.Of<Reading>().Count())
            .Write("out", Sinks.ForEach<WindowResult<string, long>>(result => _counts.Add(result.Result)));
        return pipeline;
    }

    private Pipeline Build(Aggregate<Reading, long> aggregate, WindowAssigner? windows = null)
    {
        var pipeline = Pipeline.Create("defined");
        pipeline.Read("rows", _source).WithEventTime(row => row.Time, Watermarks.Monotonic()).KeyBy(row => row.Key)
            .Window("sums", windows ?? Window.Tumbling(s_hour)).Aggregate(aggregate)
            .Write("out", Sinks.ForEach<WindowResult<string, long>>(result => _counts.Add(result.Result)));
        return pipeline;
    }

    private async Task RunAsync(Pipeline pipeline, int committed, JobOptions? options = null)
    {
        await using Job job = await Job.StartAsync(pipeline, _store, options ?? Runs.Quick);
        await _source.CommittedAsync(committed);
    }

    [Theory]
    [InlineData(2, 0, "tumbling 02:00:00")]
    [InlineData(1, 20, "tumbling 01:00:00 offset 00:20:00")]
    public async Task Another_size_or_offset_is_refused_and_the_error_says_what_to_do(int hours, int offsetMinutes, string now)
    {
        await RunAsync(Build(s_hour), 1);
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(
            () => Job.StartAsync(Build(TimeSpan.FromHours(hours), TimeSpan.FromMinutes(offsetMinutes)), _store, Runs.Quick));
        Assert.All((string[])["'defined'", "operator 'sums'", "'tumbling 01:00:00, count'", $"'{now}, count'", "new name",
            nameof(JobOptions.AllowRemovedState)],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_aggregate_with_an_accumulator_of_the_same_type_is_refused()
    {
        await RunAsync(Build(Aggregate.Of<Reading>().Count()), 1);
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(
            () => Job.StartAsync(Build(Aggregate.Of<Reading>().Sum(row => row.Time)), _store, Runs.Quick));
        Assert.All((string[])["'defined'", "operator 'sums'", "'tumbling 01:00:00, count'", "'tumbling 01:00:00, sum", "new name"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("hopping")]
    [InlineData("session")]
    public async Task Another_aggregate_is_refused_whatever_the_windows(string kind)
    {
        WindowAssigner windows = kind == "hopping" ? Window.Hopping(s_hour, TimeSpan.FromMinutes(10)) : Window.Session(s_hour);
        await RunAsync(Build(Aggregate.Of<Reading>().Count(), windows), 1);
        PipelineException error = await Assert.ThrowsAsync<PipelineException>(
            () => Job.StartAsync(Build(Aggregate.Of<Reading>().Sum(row => row.Time), windows), _store, Runs.Quick));
        Assert.All((string[])["operator 'sums'", kind, ", count'", ", sum'"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_becomes_of_the_result_may_change()
    {
        await RunAsync(Build(Aggregate.Of<Reading>().Count()), 1);
        _source.End();
        await Build(Aggregate.Of<Reading>().Count().Into(count => count * 100)).ToEndAsync(_store);
        Assert.Equal([100], _counts);
    }

    [Fact]
    public async Task The_same_windows_go_on_however_often_the_job_restarts()
    {
        await RunAsync(Build(s_hour, TimeSpan.FromMinutes(90)), 1);
        _source.Add(new Reading("a", 2));
        await RunAsync(Build(TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(30)), 2);
        _source.End();
        await Build(s_hour, TimeSpan.FromMinutes(30)).ToEndAsync(_store);
        Assert.Equal([2], _counts);
    }

    [Fact]
    public async Task Under_a_new_name_other_windows_start_empty()
    {
        await RunAsync(Build(s_hour), 1);
        _source.Add(new Reading("a", 2));
        await RunAsync(Build(2 * s_hour, name: "longer"), 2, Runs.Quick with { AllowRemovedState = true });
        _source.End();
        await Build(2 * s_hour, name: "longer").ToEndAsync(_store);
        Assert.Equal([1], _counts);
    }
}
