using System.Collections.Concurrent;
using ActorStreams.Authoring;
using ActorStreams.Operators.Tests.Fixtures;

namespace ActorStreams.Operators.Tests.Jobs;

/// <summary>A job whose store nobody named keeps its state all the same, says where, and keeps nothing only where that was asked
/// for.</summary>
[Trait("Issue", "B4")]
public sealed class DefaultStoreSpec : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"actorstreams-{Path.GetRandomFileName()}");
    private readonly ConcurrentQueue<JobNotice> _notices = [];

    private JobOptions Options => Runs.Quick with { StateFolder = _folder, OnNotice = _notices.Enqueue };

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Its_state_is_in_a_file_of_its_own_and_the_next_start_goes_on_from_there()
    {
        for (int run = 1; run <= 2; run++)
        {
            var ingress = new Ingress<string>();
            await using Job job = await Job.StartAsync(Keeping(ingress), Options);
            await ingress.TellAsync($"row {run}").WaitAsync(Limits.Test);
            Assert.Equal(run, (await job.Table<string, string>("view").ScanAsync()).Rows.Count);
            await job.StopAsync().WaitAsync(Limits.Test);
        }

        Assert.True(File.Exists(Path.Combine(_folder, "kept.db")));
        Assert.All(_notices, notice => Assert.Equal(JobNoticeKind.StateKept, notice.Kind));
        Assert.Contains($"keeps its state in '{Path.Combine(_folder, "kept.db")}', because no store was named, and begins", _notices.First()
            .Message, StringComparison.Ordinal);
        Assert.Contains("and goes on after epoch ", _notices.Last().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_complete_says_that_nothing_is_left_to_do()
    {
        for (int run = 1; run <= 2; run++)
        {
            var pipeline = Pipeline.Create("kept");
            pipeline.Read("numbers", Sources.Of([1, 2])).Write("out", Sinks.ForEach<int>(_ => { }));
            await using Job job = await Job.StartAsync(pipeline, Options);
            await job.Completion.WaitAsync(Limits.Test);
        }

        Assert.Contains("there is nothing left to do, unless the file is removed", _notices.Last().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_file_is_closed_with_the_job()
    {
        await using (Job job = await Job.StartAsync(Keeping(new Ingress<string>()), Options))
            await job.StopAsync().WaitAsync(Limits.Test);
        Assert.Equal(["kept.db"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_pipeline_that_is_refused_leaves_nothing_behind()
    {
        await Assert.ThrowsAsync<PipelineException>(() => Job.StartAsync(Pipeline.Create("empty"), Options));
        Assert.False(Directory.Exists(_folder));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named_with_the_remedies()
    {
        string file = Path.Combine(Directory.CreateDirectory(_folder).FullName, "file");
        await File.WriteAllTextAsync(file, "in the way");
        StoreException error = await Assert.ThrowsAsync<StoreException>(
            () => Job.StartAsync(Keeping(new Ingress<string>()), Options with { StateFolder = file }));
        Assert.Contains($"Pipeline 'kept': no store was named, and the folder '{file}' for its state cannot be made", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("JobOptions.StateFolder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Topics_need_a_store_that_is_named_because_jobs_meet_in_it()
    {
        var pipeline = Pipeline.Create("writer");
        pipeline.Read("numbers", Sources.Of([1, 2])).Write("out", Topics.To<int>("numbers"));
        JobException error = await Assert.ThrowsAsync<JobException>(() => Job.StartAsync(pipeline, Options));
        Assert.StartsWith("Pipeline 'writer', sink 'out': NotSupportedException: No store was named", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_kept_where_that_was_asked_for()
    {
        var ingress = new Ingress<string>();
        await using Job job = await Job.StartAsync(Keeping(ingress), Store.Volatile, Options);
        await ingress.TellAsync("row").WaitAsync(Limits.Test);
        await job.StopAsync().WaitAsync(Limits.Test);
        Assert.False(Directory.Exists(_folder));
        Assert.Empty(_notices);
    }

    private static Pipeline Keeping(Ingress<string> rows)
    {
        var pipeline = Pipeline.Create("kept");
        pipeline.Read("rows", rows).KeyBy(row => row).ToTable("rows-by-text").Materialize("view");
        return pipeline;
    }
}
