namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>A copy of what a run holds, in order.</summary>
internal sealed record MatchedEvents<T>(T[] Rows, long[] Times, long[] Positions, ushort[] Stages)
{
    public static MatchedEvents<T> Of(MatchBuffer<T> buffer, int node, bool withPositions)
    {
        int count = 0;
        for (int at = node; at >= 0; at = buffer.Node(at).Previous)
            count++;
        var events = new MatchedEvents<T>(new T[count], new long[count], withPositions ? new long[count] : [], new ushort[count]);
        for (int at = node; at >= 0; at = buffer.Node(at).Previous)
        {
            ref NodeCell cell = ref buffer.Node(at);
            ref EventCell<T> row = ref buffer.Event(cell.Event);
            count--;
            (events.Rows[count], events.Times[count], events.Stages[count]) = (row.Row, row.Time, cell.Stage);
            if (withPositions)
                events.Positions[count] = buffer.PositionOf(cell.Event);
        }

        return events;
    }
}
