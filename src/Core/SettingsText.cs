using System.Globalization;
using System.Reflection;

namespace ActorStreams;

/// <summary>Options as people read them: what was set, by name.</summary>
public static class SettingsText
{
    /// <summary>The settings that differ from their defaults; functions and other objects of code are only named.</summary>
    /// <param name="options">The options.</param>
    /// <param name="defaults">The same options with nothing set.</param>
    public static string Of<T>(T options, T defaults)
        where T : class
    {
        IEnumerable<string> changed =
            from property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            where property.CanWrite && property.GetIndexParameters().Length == 0
            let value = property.GetValue(options)
            where !Equals(value, property.GetValue(defaults))
            select $"{property.Name} = {TextOf(value)}";
        string name = typeof(T).Name.Split('`')[0];
        string text = string.Join(", ", changed);
        return text.Length == 0 ? $"{name} {{ defaults }}" : $"{name} {{ {text} }}";
    }

    private static string TextOf(object? value) => value switch
    {
        null => "none",
        string text => $"'{text}'",
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        IEnumerable<string> texts => $"[{string.Join(", ", texts.Select(TextOf))}]",
        Delegate => "a function",
        _ when HasText(value.GetType()) => value.ToString()!,
        _ => $"a {value.GetType().Name.Split('`')[0]}",
    };

    /// <summary>Whether it says what it is, rather than what its type is called.</summary>
    private static bool HasText(Type type) => type.GetMethod(nameof(ToString), Type.EmptyTypes)?.DeclaringType is { } declaring
        && declaring != typeof(object) && declaring != typeof(ValueType);
}
