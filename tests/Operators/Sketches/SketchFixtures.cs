using ActorStreams.Authoring;

namespace ActorStreams.Operators.Tests.Sketches;

/// <summary>What the sketches' specs share.</summary>
internal static class SketchFixtures
{
    /// <summary>As a store would keep it.</summary>
    public static T Stored<T>(T sketch)
    {
        var writer = new BlobWriter();
        RecordCodec.Of<T>().Write(writer, sketch);
        var reader = new BlobReader(writer.Written);
        T copy = RecordCodec.Of<T>().Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        return copy;
    }

    /// <summary>The stored form, to tell whether two sketches are the same.</summary>
    public static byte[] BytesOf<T>(T sketch)
    {
        var writer = new BlobWriter();
        RecordCodec.Of<T>().Write(writer, sketch);
        return writer.ToArray();
    }

    /// <summary>Items of which few are frequent: item i about in proportion to 1 / (i + 1).</summary>
    public static int[] Skewed(int seed, int count, int items)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (int)Math.Pow(items, random.NextDouble()) - 1)];
    }
}
