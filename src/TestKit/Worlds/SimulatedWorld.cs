namespace ActorStreams.TestKit;

/// <summary>What is outside of a simulated job and outlives its crashes: sources with their rows, sinks with what they show.</summary>
/// <remarks>A pipeline is built anew for every process, with the same names; sources and sinks of one name are one thing.</remarks>
public sealed class SimulatedWorld
{
    private readonly Dictionary<string, object> _things = new(StringComparer.Ordinal);
    private readonly List<string> _tables = [];
    private readonly List<string> _topics = [];
    private readonly List<IShown> _shown = [];
    private readonly Dictionary<string, Action<Pipeline, SimulatedWorld>> _earlier = new(StringComparer.Ordinal);

    internal SimulatedWorld(ulong seed, VirtualClock clock, FaultPlan faults) => (Seed, Clock, Faults) = (seed, clock, faults);

    /// <summary>What the input follows from.</summary>
    public ulong Seed { get; }

    internal VirtualClock Clock { get; }

    internal FaultPlan Faults { get; }

    /// <summary>A replayable source that forgets what it was told is committed, and gives its rows in reads of any size.</summary>
    /// <param name="name">Stable and unique among the sources.</param>
    /// <param name="partitions">Makes the rows of each partition, from the seed alone.</param>
    public Source<T> Source<T>(string name, Func<SimulationRandom, IReadOnlyList<IReadOnlyList<T>>> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        return Get($"source {name}", () => new SimulatedSource<T>(this, name, partitions(SimulationRandom.For(Seed, name))));
    }

    /// <summary>A transactional sink: a table of the store. Rows are compared as text.</summary>
    /// <param name="name">Lower-case letters, digits and underscores.</param>
    public Sink<T> Table<T>(string name) => Get($"table {name}", () =>
    {
        _tables.Add(name);
        return new SimulatedTable<T>(this, name);
    });

    /// <summary>A topic of the store. Rows are compared as text, their order is not.</summary>
    /// <param name="name">Letters and digits.</param>
    public Sink<T> Topic<T>(string name) => Get($"topic {name}", () =>
    {
        _topics.Add(name);
        return new SimulatedTopic<T>(this, name);
    });

    /// <summary>A two-phase sink outside of the store. Rows are compared as text.</summary>
    /// <param name="name">Stable and unique among the two-phase sinks.</param>
    public Sink<T> TwoPhase<T>(string name) => Get($"two-phase {name}", () =>
    {
        var sink = new SimulatedTwoPhase<T>(this, name);
        _shown.Add(sink);
        return sink;
    });

    /// <summary>Shows a table of the store that the pipeline's own sinks write: its rows are compared, too, all columns of each as
    /// text.</summary>
    /// <param name="table">The table's name.</param>
    public void Show(string table) => Get($"table {table}", () =>
    {
        _tables.Add(table);
        return table;
    });

    /// <summary>A job that has come to its end, without any fault, before the simulated one begins: it leaves in their store what that
    /// reads, such as a topic.</summary>
    /// <param name="name">The name of its pipeline; another than that of the simulated one, which is <c>simulated</c>.</param>
    /// <param name="build">Builds it, from sources of the world.</param>
    public void Before(string name, Action<Pipeline, SimulatedWorld> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        _earlier[name] = build;
    }

    /// <summary>The jobs that come before.</summary>
    internal IEnumerable<KeyValuePair<string, Action<Pipeline, SimulatedWorld>>> Earlier => _earlier;

    /// <summary>Everything that readers of the sinks see, sorted.</summary>
    internal IReadOnlyList<string> Show(SimulatedStore store)
    {
        List<string> rows = [.. Show(store.ReadTable)];
        foreach (string topic in _topics)
            rows.AddRange(store.ReadTopic(topic).SelectMany(entry => SimulatedTopic<string>.RowsOf(entry))
                .Select(row => $"{topic}: {row}"));
        rows.AddRange(store.ReadTable("dead_letters").Select(row => $"dead letter: {row[1]} {row[3]}"));
        rows.Sort(StringComparer.Ordinal);
        return rows;
    }

    /// <summary>What readers of tables and of sinks outside of the store see.</summary>
    /// <param name="read">Reads a table of the store.</param>
    internal IEnumerable<string> Show(Func<string, IReadOnlyList<object?[]>> read) => _tables
        .SelectMany(table => read(table).Select(row => $"{table}: {string.Join(' ', row)}"))
        .Concat(_shown.SelectMany(sink => sink.Rows.Select(row => $"{sink.Name}: {row}")));

    internal static string TextOf<T>(T row) => row?.ToString() ?? "null";

    private TThing Get<TThing>(string name, Func<TThing> make)
        where TThing : class
    {
        if (!_things.TryGetValue(name, out object? thing))
            _things[name] = thing = make();
        return (TThing)thing;
    }
}

/// <summary>An outside sink whose content can be seen.</summary>
internal interface IShown
{
    string Name { get; }

    IEnumerable<string> Rows { get; }
}
