// hopping-slide-50, hopping-slide-500. Per row: count by auction (ten thousand keys) in hopping windows whose size is 50 (500) slides; a
// slide is 20,000 rows. One core, not durable. Compared with itself at a size of 5 slides: as many rows, keys and results per slide, so the
// ratio is how flat the cost is. It is 1 if the cost does not depend on the number of slides in a window; the floor is 1 / 1.5. Windows
// that begin before the first row or end behind the last are fired too, one less than a window has slides: of 1,600 slides, 2,099 windows
// of 500 and 1,604 of 5, which is not corrected for.
using ActorStreams.Benchmarks.Engine;
using ActorStreams.Benchmarks.Harness;
using ActorStreams.Benchmarks.Workloads;

namespace ActorStreams.Benchmarks.Keyed;

internal sealed class HoppingSlide(int slides) : IBenchmark
{
    private const long Keys = 10_000;
    private const int FewSlides = 5;
    private static readonly TimeSpan s_slide = TimeSpan.FromMilliseconds(20);

    private long _rows, _results, _fewResults;

    public string Name => $"hopping-slide-{slides}";
    public string What => $"Counts 10 thousand keys in windows of {slides} slides.";
    public bool Durable => false;
    public string BaselineName => $"itself at {FewSlides} slides";
    public long DefaultRows => 32_000_000;

    public Outcome Expect(long rows)
    {
        // Both sides give their own results; each is checked against its own model, and reports that it is right.
        if (_rows != rows)
        {
            (_rows, _results, _fewResults) = (rows, 0, 0);
            _results = HopModel.Counts(Bids.Of(rows, Keys), Keys, slides * s_slide, s_slide).GetHashCode();
            _fewResults = HopModel.Counts(Bids.Of(rows, Keys), Keys, FewSlides * s_slide, s_slide).GetHashCode();
        }

        return new Outcome(rows, 0, 0);
    }

    public Measurement RunOurs(long rows) => Run(rows, slides, _results);

    public Measurement RunBaseline(long rows) => Run(rows, FewSlides, _fewResults);

    private Measurement Run(long rows, int count, long expected)
    {
        var pipeline = Pipeline.Create(Name);
        var sink = new CountSink();
        pipeline.Read("bids", Sources.Of(Bids.Of(rows, Keys))).WithEventTime(bid => bid.Time, Watermarks.Monotonic())
            .KeyBy(bid => bid.Auction).Window("counts", Window.Hopping(count * s_slide, s_slide)).DropLate()
                .Aggregate(Aggregate.Of<Bid>().Count())
            .Write("results", sink);
        return HopModel.Checked(Jobs.Run(pipeline, rows, () => sink.Outcome), rows, expected);
    }
}
