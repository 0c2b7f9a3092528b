using System.Runtime.InteropServices;

namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>A copy of what a run holds, in order.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="At">Beside each row, when it happened and which stage took it.</param>
/// <param name="Positions">Where each came from; empty unless the pipeline carries positions.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MatchedEvents<T>(T[] Rows, MatchedAt[] At, long[] Positions)
{
    /// <summary>The event time of the first row.</summary>
    public long FirstTime => At[0].Time;

    /// <summary>The event time of the last row.</summary>
    public long LastTime => At[^1].Time;

    /// <summary>The stage of the last row.</summary>
    public ushort LastStage => At[^1].Stage;

    public static MatchedEvents<T> Of(MatchBuffer<T> buffer, int node, bool withPositions)
    {
        int count = 0;
        for (int at = node; at >= 0; at = buffer.Node(at).Previous)
            count++;
        var events = new MatchedEvents<T>(new T[count], new MatchedAt[count], withPositions ? new long[count] : []);
        for (int at = node; at >= 0; at = buffer.Node(at).Previous)
        {
            ref NodeCell cell = ref buffer.Node(at);
            ref EventCell<T> row = ref buffer.Event(cell.Event);
            count--;
            (events.Rows[count], events.At[count]) = (row.Row, new MatchedAt(row.Time, cell.Stage));
            if (withPositions)
                events.Positions[count] = buffer.PositionOf(cell.Event);
        }

        return events;
    }
}

/// <summary>When a row of a match happened, and which stage took it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MatchedAt(long Time, ushort Stage);
