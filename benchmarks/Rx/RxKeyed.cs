// rx-keyed-1k, rx-keyed-1m. Per row: count by auction in tumbling one-second windows of event time, results to a sink that reads them.
// Not durable on Rx's side. Compared with System.Reactive's natural form, Window and GroupBy: Rx has no event time, so a new second
// opens the next window, which is right only because the rows are in order.
using System.Reactive;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Rx;

internal sealed class RxKeyed(string name, long keys, long defaultRows) : IBenchmark
{
    public string Name => name;
    public string What => $"Counts {keys:N0} keys in tumbling windows of one second.";
    public bool Durable => false;
    public string BaselineName => "System.Reactive Window and GroupBy";
    public long DefaultRows => defaultRows;

    public Outcome Expect(long rows) => Model.TumblingCounts([Bids.Of(rows, keys)], keys);

    public Measurement RunBaseline(long rows) => Baseline(Bids.Of(rows, keys));

    public Measurement RunOurs(long rows)
    {
        var pipeline = Pipeline.Create(Name);
        CountSink sink = Jobs.TumblingCounts(pipeline, Sources.Of(Bids.Of(rows, keys)));
        return Jobs.Run(pipeline, rows, () => sink.Outcome);
    }

    public static Measurement Baseline(Bid[] input)
    {
        var digest = new ResultDigest();
        using var nextWindow = new Subject<Unit>();
        long openWindow = Bids.WindowOf(input[0].Time), closingWindow = openWindow;
        var source = new BidObservable(input);
        IObservable<WindowCount> query = source
            .Do(bid =>
            {
                if (bid.Time < openWindow + Bids.MicrosPerSecond) return;
                closingWindow = openWindow;
                openWindow = Bids.WindowOf(bid.Time);
                nextWindow.OnNext(Unit.Default);                    // before the row itself reaches Window
                closingWindow = openWindow;
            })
            .Window(nextWindow)
            .SelectMany(window => window
                .GroupBy(bid => bid.Auction)
                .SelectMany(group => group.Count().Select(count => new WindowCount(group.Key, closingWindow, count))));

        using IDisposable subscription = query.Subscribe(digest.Add);

        var meter = Meter.Start();
        source.Run();
        meter.Stop();
        return meter.Result(input.Length, digest.Outcome);
    }
}
