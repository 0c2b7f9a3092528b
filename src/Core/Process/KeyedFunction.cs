using ActorStreams.Core.State;

namespace ActorStreams;

/// <summary>What user code with state per key has in common: it declares its states, and each shows the present key's value.</summary>
/// <typeparam name="TKey">The key.</typeparam>
public abstract class KeyedFunction<TKey>
{
    private readonly List<IKeyedState<TKey>> _states = [];

    private protected KeyedFunction()
    {
    }

    internal IReadOnlyList<IKeyedState<TKey>> States => _states;

    /// <summary>Declares a value per key.</summary>
    /// <param name="name">Unique in the operator and stable: it is stored.</param>
    /// <param name="initial">What a key without a value reads.</param>
    /// <param name="timeToLive">How long a value lives after it was set last; null: until it is cleared.</param>
    protected ValueState<T> Value<T>(string name, T initial = default!, TimeToLive? timeToLive = null) =>
        Declare<ValueState<T>>(name, () => timeToLive is null
            ? new KeyedValue<TKey, T>(name, initial)
            : new ExpiringValue<TKey, T>(name, initial, timeToLive));

    /// <summary>Declares a list per key.</summary>
    /// <param name="name">Unique in the operator and stable: it is stored.</param>
    /// <param name="timeToLive">How long an item lives after it was added; null: until it is removed.</param>
    protected ListState<T> List<T>(string name, TimeToLive? timeToLive = null) =>
        Declare<ListState<T>>(name, () => timeToLive is null ? new KeyedList<TKey, T>(name) : new ExpiringList<TKey, T>(name, timeToLive));

    /// <summary>Declares a map per key.</summary>
    /// <param name="name">Unique in the operator and stable: it is stored.</param>
    /// <param name="timeToLive">How long an entry lives after it was put last; null: until it is removed.</param>
    protected MapState<TField, T> Map<TField, T>(string name, TimeToLive? timeToLive = null)
        where TField : notnull =>
        Declare<MapState<TField, T>>(name, () => timeToLive is null
            ? new KeyedMap<TKey, TField, T>(name)
            : new ExpiringMap<TKey, TField, T>(name, timeToLive));

    private TState Declare<TState>(string name, Func<TState> create)
        where TState : class
    {
        if (_states.Any(known => known.Name == name))
            throw new PipelineException($"{GetType().Name} declares two states named '{name}'; names key the stored data.");
        try
        {
            TState state = create();
            _states.Add((IKeyedState<TKey>)state);
            return state;
        }
        catch (CodecException error)
        {
            throw new PipelineException($"State '{name}' of {GetType().Name} cannot be stored. {error.Message}", error);
        }
    }
}
