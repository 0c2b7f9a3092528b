namespace ActorStreams;

/// <summary>Windows of a number of rows of a key, in the order of their arrival; event time does not matter.</summary>
/// <remarks>With a slide: after every <c>slide</c> rows, a result over the last <c>size</c> rows (over fewer, while there are
/// fewer).</remarks>
public sealed class CountWindows
{
    internal CountWindows(int size, int slide)
    {
        if (size < 1 || slide < 1)
            throw new PipelineException($"Count windows of {size} rows every {slide} are not possible: both must be at least 1.");
        (Size, Slide) = (size, slide);
    }

    internal int Size { get; }

    internal int Slide { get; }

    /// <inheritdoc/>
    public override string ToString() => Size == Slide ? $"{Size} rows" : $"{Size} rows every {Slide}";
}
