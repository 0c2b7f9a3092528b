using System.Diagnostics.Metrics;

namespace ActorStreams.Hosting.Runtime;

/// <summary>The counts of all jobs as instruments; nothing is computed before somebody listens.</summary>
internal sealed class JobMeter(IMeterFactory factory, RunningJobs jobs)
{
    private const string Pipeline = "pipeline";

    public void Start()
    {
        Meter meter = factory.Create(ActorStreamsServices.MeterName);
        meter.CreateObservableCounter("actorstreams.source.rows", () => Sources(static source => source.Rows), "{row}",
            "Rows that went into the pipeline.");
        meter.CreateObservableCounter("actorstreams.source.late", () => Sources(static source => source.Late), "{row}",
            "Rows behind the watermark of their partition.");
        meter.CreateObservableCounter("actorstreams.source.rejected", () => Sources(static source => source.Rejected), "{record}",
            "Records that could not be read as rows.");
        meter.CreateObservableCounter("actorstreams.operator.count", Operators,
            description: "What operators count, by operator and counter.");
        meter.CreateObservableCounter("actorstreams.job.dead_letters", () => Jobs(static job => job.Metrics.DeadLetters), "{row}",
            "Rows that went to the dead letters, one for each row and reason.");
        meter.CreateObservableGauge("actorstreams.job.epoch", () => Jobs(static job => job.Epoch), "{epoch}", "The last committed epoch.");
        meter.CreateObservableGauge("actorstreams.operator.held", Held, "s",
            "For how long an operator has kept results back while the watermark stands still, or has kept the epoch from ending.");
        meter.CreateObservableCounter("actorstreams.job.restarts", () => Jobs(static job => job.Restarts), "{restart}",
            "Restarts after a failure.");
    }

    private IEnumerable<Measurement<long>> Jobs(Func<IJob, long> value) =>
        jobs.All.Select(job => new Measurement<long>(value(job.Value), KeyValuePair.Create(Pipeline, (object?)job.Key)));

    private IEnumerable<Measurement<double>> Held() =>
        from job in jobs.All
        from condition in job.Value.Conditions
        where condition.Kind is JobNoticeKind.Standstill or JobNoticeKind.EpochHeldUp
        select new Measurement<double>((condition.SeenAt - condition.Since).TotalSeconds, new(Pipeline, job.Key),
            new("operator", condition.Operator), new("kind", condition.Kind.ToString()));

    private IEnumerable<Measurement<long>> Sources(Func<SourceMetrics, long> value) =>
        from job in jobs.All
        from source in job.Value.Metrics.Sources
        select new Measurement<long>(value(source.Value), new(Pipeline, job.Key), new("source", source.Key));

    private IEnumerable<Measurement<long>> Operators() =>
        from job in jobs.All
        from counters in job.Value.Metrics.Operators
        from counter in counters.Value
        select new Measurement<long>(counter.Value, new(Pipeline, job.Key), new("operator", counters.Key), new("counter", counter.Key));
}
