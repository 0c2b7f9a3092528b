using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using ActorStreams.Authoring;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorStreams.Hosting.Tests;

/// <summary>Time goes a hundred times as fast, so that whoever waits for a processor is held up: nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FastTime
{
    internal const string Name = "Fast time";
}

/// <summary>What holds a job up is told by health, log and meter.</summary>
[Collection(FastTime.Name)]
public sealed class HeldUpSpec : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);
    private readonly LogLines _log = new();
    private readonly TaskCompletionSource<JobNotice> _told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, double> _measured = new(StringComparer.Ordinal);

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(true, "EpochHeldUp", "'out' has been", "out")]
    [InlineData(false, "Standstill", "operator 'counts' keeps back 1 open windows", "counts")]
    [Trait("Issue", "C7")]
    [Trait("Issue", "B3")]
    public async Task Who_holds_up_what_is_in_health_log_and_meter_within_ten_seconds(bool isSink, string kind, string says, string who)
    {
        using IHost host = HostOf(isSink ? Stuck() : Waiting(), kind);
        await host.StartAsync().WaitAsync(s_limit);
        JobNotice notice = await _told.Task.WaitAsync(s_limit);

        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains(says, report.Entries["actorstreams"].Description, StringComparison.Ordinal);
        Assert.Contains($"Warning: {notice.Message}", _log.Lines);

        IMeterFactory factory = host.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ActorStreamsServices.MeterName && instrument.Meter.Scope == factory)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) =>
            _measured[$"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}"] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.True(_measured[$"actorstreams.operator.held held {who} {kind}"] >= 5);

        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await host.StopAsync(patience.Token).WaitAsync(s_limit);
    }

    private IHost HostOf(Pipeline pipeline, string kind)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddActorStreams(streams => streams.UseStore(_ => Store.Volatile)
            .AddPipeline(_ => pipeline, options => options with { OnNotice = notice => Tell(notice, kind) }));
        builder.Services.AddSingleton<TimeProvider>(new FastClock()).AddLogging(logging => logging.AddProvider(_log)).AddHealthChecks()
            .AddActorStreams();
        return builder.Build();
    }

    /// <summary>On a busy machine a hundredth of a second without a processor holds an epoch up, too: that is another notice.</summary>
    private void Tell(JobNotice notice, string kind)
    {
        if (notice.Kind.ToString() == kind)
            _told.TrySetResult(notice);
    }

    private static Pipeline Stuck()
    {
        var pipeline = Pipeline.Create("held");
        pipeline.Read("numbers", Sources.Of([1]))
            .Write("out",
            Sinks.ForEachBatch<int>(async (_, cancellation) => await new TaskCompletionSource().Task.WaitAsync(cancellation)));
        return pipeline;
    }

    private static Pipeline Waiting()
    {
        Channel<int> rows = Channel.CreateUnbounded<int>();
        rows.Writer.TryWrite(1);
        var pipeline = Pipeline.Create("held");
        pipeline.Read("numbers", Sources.From(rows.Reader))
            .WithEventTime(number => number * 1_000_000L, Watermarks.Monotonic().WithQuiet(WhenQuiet.Hold))
            .KeyBy(number => number).Window("counts", ActorStreams.Window.Tumbling(TimeSpan.FromSeconds(10)))
                .Aggregate(Aggregate.Of<int>().Count())
            .Write("out", Sinks.ForEach<WindowResult<int, long>>(_ => { }));
        return pipeline;
    }

    /// <summary>A hundred times as fast as time.</summary>
    private sealed class FastClock : TimeProvider
    {
        private const int Speed = 100;

        private readonly DateTimeOffset _start = System.GetUtcNow();
        private readonly long _began = System.GetTimestamp();

        public override long TimestampFrequency => System.TimestampFrequency;

        public override long GetTimestamp() => _began + ((System.GetTimestamp() - _began) * Speed);

        public override DateTimeOffset GetUtcNow() => _start + GetElapsedTime(_began);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new FastTimer(System.CreateTimer(callback, state, Scaled(dueTime), Scaled(period)));

        private static TimeSpan Scaled(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? span : span / Speed;

        private sealed class FastTimer(ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Scaled(dueTime), Scaled(period));

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
