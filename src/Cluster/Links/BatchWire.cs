using ActorStreams.Core.Records;

namespace ActorStreams.Cluster.Links;

/// <summary>How batches of one type are written to a link and read from it: which columns there are, and in which form the rows go. One for
/// each end of a link and each pool of batches.</summary>
/// <remarks>
/// The columns of a frame, in this order: the rows, their event times, their positions where carried, and the stretches of rows with the
/// same source watermark where carried (the first row of each, four bytes, and the watermark, eight). The header's value holds the number
/// of rows, and above it that of the stretches.
/// </remarks>
internal abstract class BatchWire
{
    /// <summary>Bytes of a stretch.</summary>
    protected const int StretchBytes = sizeof(int) + sizeof(long);

    /// <summary>What a row means.</summary>
    public abstract Schema Schema { get; }

    /// <summary>How a row lies in memory; empty: it does not go as memory.</summary>
    public abstract string Layout { get; }

    public abstract int CapacityRows { get; }

    public abstract bool WithPositions { get; }

    public abstract bool WithSourceWatermarks { get; }

    /// <summary>Decided when the link opens.</summary>
    public WireForm Form { get; protected set; }

    /// <summary>At the sending end: the receiver has decided.</summary>
    public void WriteAs(WireForm form) => Form = form;

    /// <summary>At the receiving end: decides on the form, and prepares to read rows that mean <paramref name="written"/>.</summary>
    /// <exception cref="CodecException">Such rows cannot be read.</exception>
    public abstract WireForm ReadAs(Schema written, string layout);

    /// <summary>Writes rows of a batch: the columns, without the header.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="start">Its first row.</param>
    /// <param name="partBytes">Once so much is written, the rest of the rows waits for another part.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The header's value.</param>
    /// <param name="checksum">Of what was written.</param>
    /// <returns>The first row that was not written; -1: all were.</returns>
    /// <exception cref="CodecException">A row cannot be written.</exception>
    public abstract int Write(LaneBatch batch, int start, int partBytes, BlobWriter writer, out long value, out uint checksum);

    /// <summary>An empty batch.</summary>
    public abstract LaneBatch Rent();

    /// <summary>Gives back a batch that was written, or will not be read.</summary>
    public abstract void Return(LaneBatch batch);

    /// <summary>Checks a frame of rows, and names where its columns go: behind the rows that <paramref name="batch"/> has.</summary>
    /// <returns>Why it is refused; null: it is not.</returns>
    public abstract LinkFault? Begin(LaneBatch batch, in FrameHeader header, FrameBody body, ReadBuffer buffer);

    /// <summary>The columns have come: the rows are the batch's.</summary>
    /// <returns>Why they are refused; null: they are not.</returns>
    public abstract LinkFault? Complete(LaneBatch batch, in FrameHeader header, ReadBuffer buffer);

    protected static long ValueOf(int rows, int stretches) => (uint)rows | ((long)stretches << 32);

    /// <summary>The numbers of rows and stretches of a header.</summary>
    protected static (int Rows, int Stretches) CountsOf(in FrameHeader header) => ((int)header.Value, (int)(header.Value >> 32));
}
