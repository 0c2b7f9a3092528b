namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Types as C# writes them, for messages, and as a schema names them.</summary>
internal static class TypeName
{
    /// <summary>As C# writes it: <c>List&lt;object&gt;</c>.</summary>
    public static string Of(Type type)
    {
        if (type == typeof(object))
            return "object";
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Of(value) + "?";
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Scalar.Of(type) is { } scalar && type.IsPrimitive | type == typeof(string) | type == typeof(decimal))
            return scalar.Keyword;
        return type.IsGenericType ? $"{Simple(type)}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>" : type.Name;
    }

    /// <summary>The simple name, without the number of type parameters.</summary>
    public static string Simple(Type type)
    {
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? type.Name : type.Name[..tick];
    }
}
