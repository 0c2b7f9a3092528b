namespace ActorStreams.Operators.Tests.Sketches;

public sealed class QuantileSketchSpec
{
    private static readonly double[] s_shares = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];

    private static double[] Numbers(int seed, string kind)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 20_000).Select(_ => kind switch
        {
            "uniform" => random.NextDouble() * 1000,
            "both signs" => (random.NextDouble() - 0.5) * 1e6,
            "over many powers" => Math.Pow(10, (random.NextDouble() * 16) - 8),
            "pareto" => Math.Pow(1 - random.NextDouble(), -1.5),
            "few values" => random.Next(-3, 4) * 0.1,
            _ => throw new ArgumentException(kind, nameof(kind)),
        })];
    }

    [Theory]
    [InlineData("uniform", 0.01)]
    [InlineData("both signs", 0.01)]
    [InlineData("over many powers", 0.01)]
    [InlineData("over many powers", 0.02)]
    [InlineData("pareto", 0.001)]
    [InlineData("few values", 0.01)]
    public void Every_percentile_is_within_the_stated_error(string kind, double error)
    {
        double[] numbers = Numbers(7, kind);
        QuantileSketch all = new(error), a = new(error), b = default;
        foreach (double number in numbers)
            all.Add(number);
        for (int i = 0; i < numbers.Length; i++)
        {
            if (i % 4_999 == 0)
                a = SketchFixtures.Stored(a);
            if (i % 3 == 0)
            {
                a.Add(numbers[i]);
                continue;
            }

            var one = new QuantileSketch(error);
            if (i % 500 == 1)
            {
                one.Add(numbers[i]);
                b.Merge(one);
            }
            else
            {
                b.Merge(new QuantileSketch(error));
                b.Add(numbers[i]);
            }
        }

        a.Merge(b);
        Array.Sort(numbers);
        foreach (double share in s_shares)
        {
            double exact = numbers[(int)(share * (numbers.Length - 1))];
            Assert.True(Math.Abs(all.At(share)!.Value - exact) <= (error * Math.Abs(exact)) + 1e-12,
                $"Share {share}: {all.At(share)}, exactly {exact}.");
            Assert.Equal(all.At(share), a.At(share));
        }
    }

    [Fact]
    public void Numbers_taken_back_leave_nothing()
    {
        var sketch = new QuantileSketch(0.01);
        foreach (double number in Numbers(1, "both signs"))
            sketch.Add(number);
        double[] before = [.. s_shares.Select(share => sketch.At(share)!.Value)];
        double[] others = [.. Numbers(2, "over many powers").Take(500), 0, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
            double.Epsilon];
        foreach (double number in others)
            sketch.Add(number);
        Assert.Equal(double.NaN, sketch.At(1));
        foreach (double number in others)
            sketch.Retract(number);
        Assert.Equal(before, s_shares.Select(share => sketch.At(share)!.Value));
        Assert.Equal(20_000, sketch.Count);
    }

    [Fact]
    public void NaN_is_above_infinity_which_is_above_every_number()
    {
        var sketch = new QuantileSketch(0.01);
        Assert.Null(sketch.At(0.5));
        foreach (double number in (ReadOnlySpan<double>)[double.NaN, double.PositiveInfinity, 5, 0, -5, double.NegativeInfinity, -0.0])
            sketch.Add(number);
        Assert.Equal(double.NegativeInfinity, sketch.At(0));
        Assert.Equal(-5, sketch.At(1 / 6.0)!.Value, 0.05);
        Assert.Equal(0, sketch.At(0.5));
        Assert.Equal(double.PositiveInfinity, sketch.At(5 / 6.0));
        Assert.Equal(double.NaN, sketch.At(1));
    }

    [Fact]
    public void Beyond_its_limit_of_buckets_only_the_percentiles_nearest_to_zero_suffer()
    {
        var sketch = new QuantileSketch(0.01);
        for (int power = -300; power <= 300; power++)
            sketch.Add(Math.Pow(10, power));
        Assert.True(sketch.SizeBytes <= 2050 * 8);
        Assert.Equal(1e300, sketch.At(1)!.Value, 1e298);
        Assert.InRange(sketch.At(599 / 600.0)!.Value, 0.99e299, 1.01e299);
        Assert.True(sketch.At(0) > 1e200);
    }

    [Fact]
    public void It_is_as_large_as_its_range_asks_for()
    {
        var sketch = new QuantileSketch(0.01);
        for (int i = 1; i <= 90; i++)
            sketch.Add(i / 10.0);
        Assert.InRange(sketch.SizeBytes, 1_500, 3_500);
    }
}
