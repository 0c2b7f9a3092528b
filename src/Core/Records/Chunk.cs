using System.Runtime.InteropServices;

namespace ActorStreams.Authoring;

/// <summary>A run of rows passed from one fused operator to the next: a view, valid during the call only.</summary>
/// <remarks>All columns have <see cref="Count"/> entries; <see cref="Positions"/> is empty unless the pipeline carries
/// provenance.</remarks>
/// <typeparam name="T">The row; struct rows are several times faster than classes.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly ref struct Chunk<T>(ReadOnlySpan<T> rows, ReadOnlySpan<long> times, ReadOnlySpan<long> positions = default)
{
    /// <summary>Rows handled at a time by the inner loops; small enough to stay in the first-level cache.</summary>
    public const int Size = 256;

    /// <summary>The rows.</summary>
    public ReadOnlySpan<T> Rows { get; } = rows;

    /// <summary>The event time of each row in microseconds (<see cref="EventTime.MinValue"/> where none was assigned).</summary>
    public ReadOnlySpan<long> Times { get; } = times;

    /// <summary>Where each row came from (see <see cref="Position"/>), or empty.</summary>
    public ReadOnlySpan<long> Positions { get; } = positions;

    /// <summary>
    /// The watermark of the source partition of all these rows, before the first of them; <see cref="EventTime.MinValue"/> where it is not
    /// carried, or holds no row late. It may have moved since by less than operators downstream tell apart.
    /// </summary>
    internal long SourceWatermark { get; init; } = EventTime.MinValue;

    /// <summary>The number of rows.</summary>
    public int Count => Rows.Length;

    /// <summary>The position of a row, or <see cref="Position.None"/> where positions are not carried.</summary>
    public long PositionOf(int row) => Positions.IsEmpty ? Position.None : Positions[row];

    /// <summary>A part of the run.</summary>
    public Chunk<T> Slice(int start, int count) =>
        new(Rows.Slice(start, count), Times.Slice(start, count), Positions.IsEmpty ? default
            : Positions.Slice(start, count))
        { SourceWatermark = SourceWatermark };
}
