using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Akka.Configuration;

namespace ActorStreams.Architecture.Tests;

/// <summary>hocon/reference.conf, which Akka parses, tells every setting and its default as the code has them.</summary>
public sealed partial class ReferenceConfSpec
{
    /// <summary>Objects that only code can give.</summary>
    private static readonly string[] s_codeOnly = [nameof(JobOptions.Clock), nameof(JobOptions.OnNotice),
        nameof(JobOptions.SavepointStore), nameof(PostgreSqlOptions.TimeProvider)];

    [Fact]
    public void Keys_and_defaults_are_those_of_the_code()
    {
        IEnumerable<string> code = [
            .. Settings("actorstreams.job", new JobOptions()),
            .. Settings("actorstreams.store.sqlite", new SqliteOptions()),
            .. Settings("actorstreams.store.postgresql", new PostgreSqlOptions()),
        ];
        Assert.Equal(code.Order(StringComparer.Ordinal), Written()
            .Where(setting => setting.Key.StartsWith("actorstreams.job", StringComparison.Ordinal)
                || setting.Key.StartsWith("actorstreams.store", StringComparison.Ordinal))
            .Select(setting => $"{setting.Key} = {setting.Value}")
            .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_written_is_what_Akka_reads_from_the_assembly()
    {
        Config parsed = ActorStreamsExtension.DefaultConfig();
        Assert.All(Written(), setting => Assert.Equal(setting.Value.Trim('"'), parsed.GetValue(setting.Key).IsArray()
            ? $"[{string.Join(", ", parsed.GetStringList(setting.Key))}]"
            : parsed.GetString(setting.Key)));
    }

    [Fact]
    public void Every_setting_is_explained() =>
        Assert.Empty(Written().Where(setting => !setting.IsExplained).Select(setting => setting.Key));

    private static IEnumerable<string> Settings(string prefix, object options)
    {
        foreach (PropertyInfo property in options.GetType().GetProperties()
            .Where(property => property.SetMethod is not null && !s_codeOnly.Contains(property.Name)))
        {
            string key = $"{prefix}.{Kebab(property.Name)}";
            object? value = property.Name == nameof(JobOptions.Restart) ? RestartPolicy.BackOff : property.GetValue(options);
            if (value is RestartPolicy or DeadLetterOptions)
            {
                foreach (string setting in Settings(key, value))
                    yield return setting;
                continue;
            }

            yield return $"{key} = " + property.Name switch
            {
                nameof(JobOptions.Parallelism) => "processors",
                nameof(SqliteOptions.CheckpointBytes) => $"{(long)value! >> 20}MiB",
                _ => Text(value),
            };
        }
    }

    private static string Text(object? value) => value switch
    {
        null => "off",
        bool flag => flag ? "on" : "off",
        Enum name => Kebab(name.ToString()),
        TimeSpan { Ticks: 0 } => "0s",
        TimeSpan span when span.Ticks % TimeSpan.TicksPerDay == 0 => $"{span.TotalDays}d",
        TimeSpan span when span.Ticks % TimeSpan.TicksPerHour == 0 => $"{span.TotalHours}h",
        TimeSpan span when span.Ticks % TimeSpan.TicksPerMinute == 0 => $"{span.TotalMinutes}m",
        TimeSpan span when span.Ticks % TimeSpan.TicksPerSecond == 0 => $"{span.TotalSeconds}s",
        TimeSpan span => $"{span.TotalMilliseconds}ms",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Kebab(string name) => Capital().Replace(name, "-$0").TrimStart('-').ToLowerInvariant();

    /// <summary>The subset of HOCON that the file uses: objects, one "key = value" a line, comments in lines of their own.</summary>
    private static IEnumerable<(string Key, string Value, bool IsExplained)> Written()
    {
        var path = new Stack<string>();
        bool isExplained = false;
        foreach (string line in Repository.Read("hocon", "reference.conf").Split('\n').Select(line => line.Trim())
            .Where(line => line.Length > 0))
        {
            if (line[0] == '#')
            {
                isExplained = true;
                continue;
            }

            if (line == "}")
                path.Pop();
            else if (line[^1] == '{')
                path.Push(line[..^1].Trim());
            else if (line.Split(" = ") is [string key, string value])
                yield return (string.Join('.', path.Reverse().Append(key)), value, isExplained);
            else
                Assert.Fail($"hocon/reference.conf: '{line}' is neither an object nor a setting.");
            isExplained = false;
        }
    }

    [GeneratedRegex("[A-Z]", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Capital();
}
