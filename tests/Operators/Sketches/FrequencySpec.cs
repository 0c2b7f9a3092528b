namespace ActorStreams.Operators.Tests.Sketches;

/// <summary>Count-Min and Space-Saving against exact counts.</summary>
public sealed class FrequencySpec
{
    private const int Rows = 40_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Count_min_is_never_too_low_and_too_high_by_no_more_than_stated(int seed)
    {
        int[] items = SketchFixtures.Skewed(seed, Rows, 20_000);
        var sketch = new CountMin<int>(0.001, 0.99);
        foreach (int item in items)
            sketch.Add(item);
        int wrong = 0;
        Dictionary<int, int> exact = items.CountBy(item => item).ToDictionary();
        for (int item = 0; item < 20_000; item++)
        {
            long over = sketch.CountOf(item) - exact.GetValueOrDefault(item);
            Assert.True(over >= 0, $"Item {item}: {-over} too few.");
            wrong += over > 0.001 * Rows ? 1 : 0;
        }

        Assert.True(wrong <= 0.01 * 20_000, $"{wrong} of 20000 counts are off by more than 0.1 %.");
        Assert.Equal(Rows, sketch.Total);
    }

    [Fact]
    public void Count_min_merged_or_with_items_taken_back_is_the_same_sketch()
    {
        int[] items = SketchFixtures.Skewed(3, 5_000, 1_000);
        CountMin<int> all = new(0.01, 0.99), a = new(0.01, 0.99), b = default;
        b.Merge(new CountMin<int>(0.01, 0.99));
        foreach (int item in items)
        {
            all.Add(item);
            a.Add(item % 7);
        }

        for (int i = 0; i < items.Length; i++)
            (i % 3 == 0 ? ref a : ref b).Add(items[i]);
        foreach (int item in items)
            a.Add(item % 7, -1);
        b.Merge(SketchFixtures.Stored(a));
        Assert.Equal(SketchFixtures.BytesOf(all), SketchFixtures.BytesOf(b));
        Assert.Throws<ArgumentException>(() => b.Merge(new CountMin<int>(0.1, 0.99)));
    }

    [Theory]
    [InlineData(1, 100, 50_000)]
    [InlineData(2, 64, 1_000)]
    [InlineData(3, 1, 100)]
    [InlineData(4, 1_000, 500)]
    public void Space_saving_finds_every_frequent_item_and_is_off_by_no_more_than_stated(int seed, int counters, int items)
    {
        int[] rows = SketchFixtures.Skewed(seed, Rows, items);
        var sketch = new SpaceSaving<int>(counters);
        for (int i = 0; i < rows.Length; i++)
        {
            sketch.Add(rows[i]);
            if (i % 9_999 == 0)
                sketch = SketchFixtures.Stored(sketch);
        }

        HoldsBounds(sketch, rows, counters);
        if (items < counters)
            Assert.All(sketch.Top(items), hit => Assert.Equal(0, hit.Error));
    }

    [Fact]
    public void Space_saving_merged_keeps_to_the_same_bounds()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            int[] rows = SketchFixtures.Skewed(seed, 10_000, 5_000);
            SpaceSaving<int> a = default;
            for (int part = 0; part < 4; part++)
            {
                var b = new SpaceSaving<int>(100);
                foreach (int row in rows.AsSpan(part * 2_500, 2_500))
                    b.Add(row);
                a.Merge(b);
            }

            HoldsBounds(a, rows, 100);
        }
    }

    [Fact]
    public void Space_saving_merged_is_exact_while_there_are_counters_enough()
    {
        SpaceSaving<string> a = new(10), b = new(10);
        foreach (string item in (string[])["x", "y", "x"])
            a.Add(item);
        foreach (string item in (string[])["y", "z", "y"])
            b.Add(item, 2);
        a.Merge(b);
        Assert.Equal([new("y", 5, 0), new("x", 2, 0), new("z", 2, 0)], a.Top(10));
        Assert.Equal(9, a.Total);
    }

    [Fact]
    public void Space_saving_takes_over_a_least_counter_of_many_equal_ones()
    {
        // the search for one wraps around, and the index must forget the item that had it
        var sketch = new SpaceSaving<int>(8);
        for (int item = 0; item < 1_000; item++)
            sketch.Add(item);
        Assert.Equal(1_000, sketch.Top(8).Sum(hit => hit.Count));
        Assert.All(sketch.Top(8), hit => Assert.Equal(1, hit.Count - hit.Error));
        Assert.Equal(8, sketch.Top(8).Select(hit => hit.Item).Distinct().Count());
    }

    private static void HoldsBounds(SpaceSaving<int> sketch, int[] rows, int counters)
    {
        Dictionary<int, int> exact = rows.CountBy(row => row).ToDictionary();
        Dictionary<int, HeavyHitter<int>> found = sketch.Top(int.MaxValue).ToDictionary(hit => hit.Item);
        Assert.Equal(rows.Length, sketch.Total);
        foreach ((int item, HeavyHitter<int> hit) in found)
        {
            Assert.InRange(exact.GetValueOrDefault(item), hit.Count - hit.Error, hit.Count);
            Assert.True(hit.Error <= rows.Length / counters, $"Item {item}: an error of {hit.Error}.");
        }

        foreach ((int item, int count) in exact)
            Assert.True(count <= rows.Length / counters || found.ContainsKey(item), $"Item {item} came {count} times and is missing.");
    }
}
