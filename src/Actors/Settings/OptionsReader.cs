using System.Globalization;
using System.Reflection;
using System.Text;
using Akka.Configuration.Hocon;

namespace ActorStreams.Actors.Settings;

/// <summary>Options records as sections of HOCON: a property is a setting of its name, in lower case with hyphens.</summary>
/// <param name="system">The name of the ActorSystem, for messages.</param>
internal sealed class OptionsReader(string system)
{
    private const string Off = "off", Processors = "processors";

    /// <summary>The key of a property.</summary>
    public static string KeyOf(string property)
    {
        var key = new StringBuilder();
        foreach (char letter in property)
        {
            if (char.IsUpper(letter) && key.Length > 0)
                key.Append('-');
            key.Append(char.ToLowerInvariant(letter));
        }

        return key.ToString();
    }

    /// <summary>Sets the properties that the section has.</summary>
    /// <param name="options">The options, which nobody else has yet.</param>
    /// <param name="path">The path of the section.</param>
    /// <param name="section">The section.</param>
    public T Read<T>(T options, string path, HoconObject section)
        where T : class
    {
        foreach (PropertyInfo property in typeof(T).GetProperties())
        {
            string key = KeyOf(property.Name);
            if (property.SetMethod is not null && section.GetKey(key) is { } value)
                property.SetValue(options, ValueOf(property, $"{path}.{key}", value));
        }

        return options;
    }

    /// <summary>What code has not said is as the configuration has it.</summary>
    public static JobOptions Over(JobOptions code, JobOptions configured)
    {
        JobOptions all = code with { };
        foreach (PropertyInfo property in typeof(JobOptions).GetProperties())
        {
            if (property.SetMethod is not null && !code.Says(property.Name))
                property.SetValue(all, property.GetValue(configured));
        }

        return all;
    }

    private object? ValueOf(PropertyInfo property, string path, HoconValue value)
    {
        if (property.PropertyType == typeof(DeadLetterOptions) && value.IsObject())
            return Read(new DeadLetterOptions(), path, value.GetObject());
        if (property.PropertyType == typeof(RestartPolicy))
            return RestartOf(path, value);
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        bool isName = property.Name == nameof(JobOptions.RestartFromSavepoint);
        bool mayBeOff = type != property.PropertyType || isName || path.EndsWith(".max-same-errors", StringComparison.Ordinal);
        string text = value.IsString() ? value.GetString().Trim() : "";
        if (mayBeOff && text == Off)
            return type == property.PropertyType && !isName ? int.MaxValue : null;
        try
        {
            return type switch
            {
                _ when type == typeof(string) && text.Length > 0 => text,
                _ when type == typeof(bool) => value.GetBoolean(),
                _ when type == typeof(TimeSpan) => value.GetTimeSpan(allowInfinite: false),
                { IsEnum: true } => Enum.Parse(type, Enum.GetNames(type).Single(name => KeyOf(name) == text)),
                _ when type == typeof(int) && property.Name == nameof(JobOptions.Parallelism) && text == Processors =>
                    Math.Min(Environment.ProcessorCount, 256),
                _ when type == typeof(int) => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
                _ when type == typeof(long) => value.GetByteSize() ?? throw new FormatException(),
                _ => throw new FormatException(),
            };
        }
        catch (Exception error) when (error is FormatException or OverflowException or InvalidOperationException or NotSupportedException)
        {
            throw new PipelineException(
                $"ActorSystem '{system}': the setting '{path}' is '{text}'. It must be {Expected(property, type)}{(mayBeOff ? $", or {Off}" : "")}.", error);
        }
    }

    private RestartPolicy? RestartOf(string path, HoconValue value)
    {
        if (value.IsString() && value.GetString() == Off)
            return RestartPolicy.None;
        if (!value.IsObject())
        {
            throw new PipelineException(
                $"ActorSystem '{system}': the setting '{path}' is '{value.GetString()}'. It must be a section, or {Off}.");
        }

        RestartPolicy policy = Read(RestartPolicy.BackOff with { }, path, value.GetObject());
        return policy == RestartPolicy.BackOff ? null : policy;   // unchanged: whether a job restarts depends on its store
    }

    private static string Expected(PropertyInfo property, Type type) => type switch
    {
        _ when type == typeof(TimeSpan) => "a duration with its unit: 500ms, 1s, 2m, 4h or 7d",
        _ when type == typeof(bool) => "on or off",
        _ when type == typeof(string) => "a text",
        _ when property.Name == nameof(JobOptions.Parallelism) => $"a whole number, or {Processors}",
        { IsEnum: true } => string.Join(" or ", Enum.GetNames(type).Select(KeyOf)),
        _ => "a whole number",
    };
}
