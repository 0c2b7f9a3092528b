namespace ActorStreams.Operators.Tests.Sketches;

/// <summary>Reservoir samples and Bloom filters.</summary>
public sealed class SampleSpec
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_item_is_as_likely_to_be_in_the_sample_as_any_other(int parts)
    {
        const int Items = 60, Size = 10, Runs = 12_000;
        var drawn = new int[Items];
        for (int run = 0; run < Runs; run++)
        {
            Reservoir<int> sample = default;
            for (int part = 0; part < parts; part++)
            {
                // parts of unequal size
                var one = new Reservoir<int>(Size, (ulong)((run * 8) + part));
                for (int item = 0; item < Items; item++)
                    if (Math.Min(parts - 1, item / 12) == part)
                        one.Add(item);
                sample.Merge(one);
            }

            Assert.Equal(Size, sample.Items.Distinct().Count());
            Assert.Equal(Items, sample.Seen);
            foreach (int item in sample.Items)
                drawn[item]++;
        }

        // 2000 each; five standard deviations of a binomial distribution are 204
        Assert.All(drawn, count => Assert.InRange(count, 1_790, 2_210));
    }

    [Fact]
    public void The_same_items_give_the_same_sample_however_often_it_was_stored()
    {
        Reservoir<string> a = new(5, 9), b = new(5, 9);
        for (int i = 0; i < 1_000; i++)
        {
            a.Add($"{i}");
            b.Add($"{i}");
            if (i % 10 == 0)
                b = SketchFixtures.Stored(b);
        }

        Assert.Equal(a.Items, b.Items);
    }

    [Fact]
    public void A_filter_never_forgets_and_seldom_imagines()
    {
        var filter = new BloomFilter<long>(10_000, 0.01);
        for (long item = 0; item < 10_000; item++)
            filter.Add(item);
        filter = SketchFixtures.Stored(filter);
        for (long item = 0; item < 10_000; item++)
            Assert.True(filter.MayContain(item));
        int imagined = Enumerable.Range(10_000, 100_000).Count(item => filter.MayContain(item));
        Assert.InRange(imagined, 500, 1_200);
        Assert.InRange(filter.Count, 9_900, 10_000);
        Assert.InRange(filter.SizeBytes, 11_000, 13_000);
        Assert.False(filter.Add(17));
        Assert.False(default(BloomFilter<long>).MayContain(1));
    }

    [Fact]
    public void Filters_merged_contain_what_both_contain()
    {
        BloomFilter<string> a = new(1_000, 0.001), b = new(1_000, 0.001), all = default;
        for (int i = 0; i < 400; i++)
        {
            a.Add($"a{i}");
            b.Add($"b{i}");
        }

        b.Add("a7");
        all.Merge(a);
        all.Merge(b);
        Assert.All(Enumerable.Range(0, 400), i => Assert.True(all.MayContain($"a{i}") && all.MayContain($"b{i}")));
        Assert.InRange(all.Count, 780, 801);
        Assert.Equal(400, a.Count);
        Assert.Throws<ArgumentException>(() => all.Merge(new BloomFilter<string>(10, 0.1)));
    }
}
