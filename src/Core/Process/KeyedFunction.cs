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
    protected ValueState<T> Value<T>(string name, T initial = default!) => Declare(name, () => new KeyedValue<TKey, T>(name, initial));

    /// <summary>Declares a list per key.</summary>
    /// <param name="name">Unique in the operator and stable: it is stored.</param>
    protected ListState<T> List<T>(string name) => Declare(name, () => new KeyedList<TKey, T>(name));

    /// <summary>Declares a map per key.</summary>
    /// <param name="name">Unique in the operator and stable: it is stored.</param>
    protected MapState<TField, T> Map<TField, T>(string name)
        where TField : notnull => Declare(name, () => new KeyedMap<TKey, TField, T>(name));

    private TState Declare<TState>(string name, Func<TState> create)
        where TState : IKeyedState<TKey>
    {
        if (_states.Any(known => known.Name == name))
            throw new PipelineException($"{GetType().Name} declares two states named '{name}'; names key the stored data.");
        try
        {
            TState state = create();
            _states.Add(state);
            return state;
        }
        catch (CodecException error)
        {
            throw new PipelineException($"State '{name}' of {GetType().Name} cannot be stored. {error.Message}", error);
        }
    }
}
