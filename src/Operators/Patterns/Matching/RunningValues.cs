namespace ActorStreams.Operators.Patterns.Matching;

/// <summary>Sums and extremes over the rows that a stage has taken, up to a node.</summary>
internal struct RunningValue
{
    public double Sum;
    public double Minimum;
    public double Maximum;
    public bool IsKnown;
}

/// <summary>Running values of conditions, one per node and function, found from those of the node before and kept as long as the node
/// is.</summary>
/// <remarks>Nodes never change, so neither do their values: they are not stored, a restart finds them again. A function beyond the first
/// sixteen of a region (one that is made anew for each call, say) is not remembered but summed up each time.</remarks>
internal sealed class RunningValues<T>
{
    private const int MostFunctions = 16;

    private readonly List<(object Function, RunningValue[] Values)> _known = [];
    private readonly Stack<int> _path = new();

    public void Forget(int node)
    {
        foreach ((_, RunningValue[] values) in _known)
        {
            if (node < values.Length)
                values[node].IsKnown = false;
        }
    }

    public RunningValue Of<TStage>(MatchBuffer<T> buffer, int node, int stage, Func<TStage, double> valueOf)
        where TStage : T
    {
        node = buffer.Newest(node, stage);
        if (node < 0)
            return new RunningValue { Minimum = double.PositiveInfinity, Maximum = double.NegativeInfinity };
        RunningValue[]? values = ValuesOf(valueOf, buffer.NodeCapacity);
        _path.Clear();
        var value = new RunningValue { Minimum = double.PositiveInfinity, Maximum = double.NegativeInfinity };
        for (int at = node; at >= 0; at = buffer.Newest(buffer.Node(at).Previous, stage))
        {
            if (values is not null && values[at].IsKnown)
            {
                value = values[at];
                break;
            }

            _path.Push(at);
        }

        while (_path.TryPop(out int at))
        {
            double one = valueOf((TStage)buffer.Event(buffer.Node(at).Event).Row!);
            value = new RunningValue
            {
                Sum = value.Sum + one,
                Minimum = Math.Min(value.Minimum, one),
                Maximum = Math.Max(value.Maximum, one),
                IsKnown = true
            };
            if (values is not null)
                values[at] = value;
        }

        return value;
    }

    private RunningValue[]? ValuesOf(object function, int capacity)
    {
        for (int i = 0; i < _known.Count; i++)
        {
            if (!ReferenceEquals(_known[i].Function, function))
                continue;
            RunningValue[] values = _known[i].Values;
            if (capacity > values.Length)
            {
                Array.Resize(ref values, capacity);
                _known[i] = (function, values);
            }

            return values;
        }

        if (_known.Count == MostFunctions)
            return null;
        _known.Add((function, new RunningValue[capacity]));
        return _known[^1].Values;
    }
}
