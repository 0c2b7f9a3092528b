using System.Reflection;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>A type of the code as the codec sees it.</summary>
internal abstract class Shape(Type type)
{
    public Type Type { get; } = type;
}

/// <summary>A scalar, or an enum of it.</summary>
internal sealed class ScalarShape(Type type, Scalar scalar) : Shape(type)
{
    public Scalar Scalar { get; } = scalar;
}

/// <summary>A <see cref="Nullable{T}"/>.</summary>
internal sealed class NullableShape(Type type, Shape value) : Shape(type)
{
    public Shape Value { get; } = value;
}

/// <summary>A collection of elements, read and written by the generic class <paramref name="part"/>.</summary>
internal sealed class SequenceShape(Type type, bool isSet, Type part, Shape element) : Shape(type)
{
    public bool IsSet { get; } = isSet;

    public Type Part { get; } = part;

    public Shape Element { get; } = element;
}

/// <summary>A dictionary.</summary>
internal sealed class MapShape(Type type, Shape key, Shape value) : Shape(type)
{
    public Shape Key { get; } = key;

    public Shape Value { get; } = value;
}

/// <summary>A value tuple; the eighth item and later ones lie in the field <c>Rest</c>.</summary>
internal sealed class TupleShape(Type type, IReadOnlyList<TupleItem> items) : Shape(type)
{
    public IReadOnlyList<TupleItem> Items { get; } = items;
}

/// <summary>An item of a tuple, and the fields that lead to it.</summary>
internal sealed record TupleItem(IReadOnlyList<FieldInfo> Path, Shape Shape);

/// <summary>A struct or class. Filled after it is made, because its fields may be of the same type.</summary>
internal sealed class RecordShape(Type type, string name) : Shape(type)
{
    public string Name { get; } = name;

    public IReadOnlyList<string> FormerNames { get; init; } = [];

    public IReadOnlyList<Member> Members { get; set; } = [];

    /// <summary>What makes a new value; null for a struct that is no positional record: it begins as zeros.</summary>
    public ConstructorInfo? Constructor { get; set; }
}

/// <summary>A stored field or property: it is read from <paramref name="Info"/>, and written to it, or to the constructor parameter if
/// there is one.</summary>
/// <remarks>Where the record's constructor is not the parameter's, the parameter only says the default value.</remarks>
internal sealed record Member(string Name, IReadOnlyList<string> FormerNames, MemberInfo Info, ParameterInfo? Parameter, Shape Shape)
{
    /// <summary>Whether <paramref name="parameter"/> sets it. Reflection may hand out two objects for one parameter when threads
    /// race.</summary>
    public bool IsSetBy(ParameterInfo parameter) => Parameter is not null && Parameter.Position == parameter.Position
        && Parameter.Member == parameter.Member;
}

/// <summary>A closed set of cases.</summary>
internal sealed class UnionShape(Type type, string name) : Shape(type)
{
    public string Name { get; } = name;

    public IReadOnlyList<RecordShape> Cases { get; set; } = [];
}
