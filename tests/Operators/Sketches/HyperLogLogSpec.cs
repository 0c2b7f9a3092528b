using ActorStreams.Operators.Sketches;

namespace ActorStreams.Operators.Tests.Sketches;

public sealed class HyperLogLogSpec
{
    [Theory]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(14)]
    public void The_error_is_the_stated_one_at_every_size(int precision)
    {
        double stated = 1.04 / Math.Sqrt(1 << precision);
        foreach (int count in (ReadOnlySpan<int>)[1, 10, 100, 700, 1_000, 3_000, 10_000, 30_000, 100_000])
        {
            const int Runs = 20;
            double squares = 0;
            for (int run = 0; run < Runs; run++)
            {
                var sketch = new HyperLogLog(precision);
                for (long item = 0; item < count; item++)
                    sketch.Add(item + (run * 1_000_003L));
                double error = (sketch.Estimate() / count) - 1;
                Assert.True(Math.Abs(error) <= 5 * stated, $"{count} items, run {run}: {error:P2}, more than five times {stated:P2}.");
                squares += error * error;
            }

            double deviation = Math.Sqrt(squares / Runs);
            Assert.True(deviation <= 1.5 * stated, $"{count} items: {deviation:P2} over {Runs} runs, stated {stated:P2}.");
        }
    }

    [Fact]
    public void A_few_items_are_counted_exactly_in_little_space()
    {
        var sketch = new HyperLogLog(12);
        for (int i = 0; i < 300; i++)
            sketch.Add($"item {i % 100}");
        Assert.Equal(100, sketch.Estimate(), 0.01);
        Assert.Equal(1024, sketch.SizeBytes);
        for (int i = 0; i < 10_000; i++)
            sketch.Add(i);
        Assert.Equal(4096, sketch.SizeBytes);
    }

    [Fact]
    public void Nothing_is_zero()
    {
        Assert.Equal(0, default(HyperLogLog).Estimate());
        Assert.Equal(0, new HyperLogLog(4).Estimate());
        Assert.Equal(0, new HyperLogLog(18).Estimate());
    }

    [Theory]
    [InlineData(20, 30)]
    [InlineData(20, 50_000)]
    [InlineData(50_000, 20)]
    [InlineData(40_000, 50_000)]
    [InlineData(0, 20)]
    [InlineData(600, 600)]
    public void Merged_it_estimates_as_if_all_had_been_added_to_one(int first, int second)
    {
        HyperLogLog one = new(12), a = new(12), b = new(12);
        for (int i = 0; i < first; i++)
        {
            a.Add(i);
            one.Add(i);
        }

        for (int i = first / 2; i < (first / 2) + second; i++)
        {
            b.Add(i);
            one.Add(i);
        }

        byte[] before = SketchFixtures.BytesOf(b);
        HyperLogLog empty = default;
        empty.Merge(a);
        empty.Merge(b);
        a.Merge(SketchFixtures.Stored(b));
        Assert.Equal(one.Estimate(), a.Estimate());
        Assert.Equal(one.Estimate(), empty.Estimate());
        a.Add("another");
        Assert.Equal(before, SketchFixtures.BytesOf(b));
    }

    [Fact]
    public void Other_precisions_are_refused() => Assert.Throws<ArgumentException>(() =>
    {
        var sketch = new HyperLogLog(12);
        sketch.Merge(new HyperLogLog(13));
    });

    [Fact]
    public void Hashes_are_the_same_in_every_process_and_version()
    {
        // stored sketches hold them: a change would make every stored sketch wrong
        Assert.Equal((195788381486947909UL, 1391454601869358542UL, 0UL), (SketchHash.Of("Zürich"), SketchHash.Of(42L), SketchHash.Of(0)));
    }
}
