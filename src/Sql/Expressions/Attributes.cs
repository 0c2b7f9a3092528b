namespace ActorStreams.Sql.Expressions;

/// <summary>The method is a function of SQL: its parameters say the signature. A parameter that may be null makes it one that is not
/// strict.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class SqlFunctionAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    /// <summary>It may give NULL: always said by a result that is a <see cref="Nullable{T}"/>, here for texts and other objects.</summary>
    public bool MayBeNull { get; init; }

    /// <summary>It never fails.</summary>
    public bool IsSafe { get; init; }

    /// <summary>Its parameters may be null, and it is called all the same.</summary>
    public bool TakesNull { get; init; }

    /// <summary>The last parameter is an array of what any number of arguments give.</summary>
    public bool IsVariadic { get; init; }

    public Volatility Volatility { get; init; }
}

/// <summary>The method is an operator of SQL.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class SqlOperatorAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    public bool MayBeNull { get; init; }

    public bool IsSafe { get; init; }
}

/// <summary>The method is a cast from the type of its parameter to the type of its result.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SqlCastAttribute(CastContext context) : Attribute
{
    public CastContext Context { get; } = context;

    public bool IsSafe { get; init; }
}

/// <summary>Where a cast is done without being asked for; each also where the ones before it are.</summary>
internal enum CastContext
{
    /// <summary>Anywhere.</summary>
    Implicit,

    /// <summary>Where a value is put into a column.</summary>
    Assignment,

    /// <summary>Only by CAST and ::.</summary>
    Explicit,
}
