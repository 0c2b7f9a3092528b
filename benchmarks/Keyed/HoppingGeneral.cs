// hopping-general. Per row: count by auction (a hundred keys) in hopping windows of 60 slides, with an early pane every ten thousand rows,
// so that slices will not do and the row is added to each of its windows; a slide is 2,000 rows. One core, not durable. Compared with
// itself at 5 slides and 12 times as many rows, so that both add as many rows to windows: the ratio is how flat the cost of that is, and 1
// if it does not depend on the number.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

internal sealed class HoppingGeneral : IBenchmark
{
    private const long Keys = 100;
    private const int Slides = 60;
    private const int FewSlides = 5;
    private static readonly TimeSpan s_slide = TimeSpan.FromMilliseconds(2);

    private Bid[] _bids = [], _manyBids = [];
    private long _results, _fewResults;

    public string Name => "hopping-general";
    public string What => $"Counts {Keys} keys in windows of {Slides} slides, with early panes.";
    public bool Durable => false;
    public string BaselineName => $"itself at {FewSlides} slides, as many additions";
    public long DefaultRows => 1_000_000;

    public Outcome Expect(long rows)
    {
        // Both sides give their own results; each is checked against its own model, and reports that it is right.
        if (_bids.Length != rows)
        {
            (_bids, _manyBids) = (Bids.Generate(rows, Keys), Bids.Generate(rows * Slides / FewSlides, Keys));
            _results = HopModel.Counts(_bids, Keys, Slides * s_slide, s_slide).GetHashCode();
            _fewResults = HopModel.Counts(_manyBids, Keys, FewSlides * s_slide, s_slide).GetHashCode();
        }

        return new Outcome(rows, 0, 0);
    }

    public Measurement RunOurs(long rows) => Run(rows, _bids, Slides, _results);

    public Measurement RunBaseline(long rows) => Run(rows, _manyBids, FewSlides, _fewResults);

    private Measurement Run(long rows, Bid[] bids, int count, long expected)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new CountSink();
        pipeline.Read("bids", Sources.Of(bids)).WithEventTime(bid => bid.Time, Watermarks.Monotonic())
            .KeyBy(bid => bid.Auction).Window("counts", Window.Hopping(count * s_slide, s_slide))
            .Trigger(Trigger.AfterWatermark(early: Trigger.AfterCount(10_000))).DropLate().Aggregate(Aggregate.Of<Bid>().Count())
            .Write("results", sink);
        return HopModel.Checked(Jobs.Run(pipeline, rows, () => sink.Outcome), rows, expected);
    }
}
