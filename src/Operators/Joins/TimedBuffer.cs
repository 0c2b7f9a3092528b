using System.Runtime.InteropServices;
using ActorStreams.Operators.Joins.Runtime;

namespace ActorStreams.Operators.Joins;

/// <summary>A row that waits for partners.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct TimedRow<T>
{
    /// <summary>A partner was found, or the row was put out without one.</summary>
    public const byte Settled = 1;

    /// <summary>The journal does not have it yet.</summary>
    public const byte New = 2;

    public long Time;
    public T Row;
    public byte Flags;
}

/// <summary>The rows of one key and side, in order of time; those of equal time in order of arrival: a part of a block in
/// <see cref="RowBlocks{T}"/>.</summary>
/// <remarks>No reference, so that the maps these are in can live in native memory. Without rows it has no block.</remarks>
internal struct TimedBuffer
{
    public int Block;
    public int Start;
    public int Count;

    /// <summary>The block has 2 to the power of one more than this rows.</summary>
    public byte Size;
}
