using ActorStreams.Authoring;
using ActorStreams.Core.Time.Runtime;

namespace ActorStreams.Core.Tests.Time;

public sealed class LatenessSketchSpec
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_quantile_is_at_most_a_thirty_second_above_the_exact_one_and_never_below(int seed)
    {
        var random = new Random(seed);
        long[] values = [.. Enumerable.Range(0, 20_000)
            .Select(_ => (long)Math.Min(Math.Exp(random.NextDouble() * 32), LatenessSketch.MaxValue))];
        var sketch = new LatenessSketch();
        foreach (long value in values)
            sketch.Add(value);
        Array.Sort(values);
        foreach (int above in (int[])[0, 1, 20, 200, 10_000, 19_999])
        {
            long exact = values[values.Length - 1 - above], told = sketch.ValueWithAbove(above);
            Assert.True(told >= exact && told <= exact + (exact / 32), $"Seed {seed}, {above} above: {told} instead of {exact}.");
        }
    }

    [Fact]
    public void Small_values_and_the_largest_are_exact_enough()
    {
        for (long value = 0; value < 32; value++)
            Assert.Equal(value, Only(value));
        Assert.Equal(LatenessSketch.MaxValue, Only(LatenessSketch.MaxValue));
        Assert.Equal(0, new LatenessSketch().ValueWithAbove(0));
    }

    [Fact]
    public void What_is_halved_often_enough_is_forgotten()
    {
        var sketch = new LatenessSketch();
        sketch.Add(1000, rows: 8);
        sketch.Add(5);
        Assert.Equal(9, sketch.Rows);
        sketch.Halve();
        Assert.Equal(4.5, sketch.Rows);
        for (int i = 0; i < 16; i++)
            sketch.Halve();
        Assert.Equal(0, sketch.Rows);
        sketch.Add(7);
        Assert.Equal(7, sketch.ValueWithAbove(0));
    }

    [Fact]
    public void It_is_the_same_after_it_was_stored()
    {
        var sketch = new LatenessSketch();
        for (int i = 0; i < 1000; i++)
            sketch.Add(i * i);
        sketch.Halve();
        var writer = new BlobWriter();
        sketch.Write(writer);
        var restored = new LatenessSketch();
        var reader = new BlobReader(writer.Written);
        restored.Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        for (int above = 0; above < 500; above += 7)
            Assert.Equal(sketch.ValueWithAbove(above), restored.ValueWithAbove(above));
        Assert.Equal(sketch.Rows, restored.Rows);
    }

    private static long Only(long value)
    {
        var sketch = new LatenessSketch();
        sketch.Add(value);
        return sketch.ValueWithAbove(0);
    }
}
