using System.Reflection;

namespace ActorStreams.Architecture.Tests;

/// <summary>What a person prints, a person can read: options, metrics and notices say what they hold, not what their types are
/// called.</summary>
[Trait("Issue", "C9")]
public sealed class ReadableTextSpec
{
    public static TheoryData<string, string> Options
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach ((string library, Assembly assembly) in Repository.Assemblies)
            {
                foreach (Type type in assembly.GetExportedTypes()
                    .Where(type => type.Name.Split('`')[0].EndsWith("Options", StringComparison.Ordinal) && !type.IsAbstract))
                    data.Add(library, type.FullName!);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void Options_tell_what_was_set(string library, string name)
    {
        Type type = Repository.Assemblies[library].GetType(name)!;
        if (type.IsGenericTypeDefinition)
            type = type.MakeGenericType(typeof(string));
        object options = Activator.CreateInstance(type)!;
        Assert.Equal($"{type.Name.Split('`')[0]} {{ defaults }}", options.ToString());

        foreach (PropertyInfo property in type.GetProperties().Where(property => property.CanWrite && Another(property) is not null))
        {
            object changed = Activator.CreateInstance(type)!;
            object? value = Another(property);
            if (Equals(value, property.GetValue(changed)))
                continue;
            property.SetValue(changed, value);
            Assert.StartsWith($"{type.Name.Split('`')[0]} {{ {property.Name} = ", changed.ToString(), StringComparison.Ordinal);
            Assert.DoesNotMatch("System\\.|`|ActorStreams\\.", changed.ToString());
        }
    }

    [Fact]
    public void Options_name_functions_and_objects_of_code_without_their_types() => Assert.Equal(
        "JobOptions { EpochInterval = 00:00:00.2500000, Errors = Skip, Restart = 2 restarts in a row, after 00:00:00 to 00:00:01, MaxEventTimeAhead = none, OnNotice = a function }",
        new JobOptions
        {
            EpochInterval = TimeSpan.FromMilliseconds(250),
            Errors = ErrorPolicy.Skip,
            Restart = new RestartPolicy(2, TimeSpan.Zero, TimeSpan.FromSeconds(1)),
            MaxEventTimeAhead = null,
            OnNotice = _ => { },
        }.ToString());

    [Fact]
    public void Metrics_are_a_line_for_each_thing_that_counts()
    {
        var metrics = new JobMetrics(12, 1,
            new Dictionary<string, SourceMetrics>(StringComparer.Ordinal) { ["orders"] = new(1000, 3, 1) { Leaps = 2 } },
            new Dictionary<string, IReadOnlyDictionary<string, long>>(
                StringComparer.Ordinal)
            {
                ["per-hour"] = new Dictionary<string, long>(StringComparer.Ordinal)
                {
                    ["late_dropped"] = 3,
                    ["rows"] = 997
                }
            })
        {
            Partitions = new Dictionary<string, PartitionMetrics>(StringComparer.Ordinal)
            {
                ["orders/0"] = new(1000, 3, 1, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), TimeSpan.FromSeconds(5),
                    IsIdle: true),
                ["orders/1"] = new(0, 0, 0, null, null, IsIdle: false),
            },
        };
        Assert.Equal("""
            epoch 12, 1 restarts
            source orders: 1000 rows, 3 late, 1 rejected, 2 leaps
              orders/0: 1000 rows, 3 late, 1 rejected, watermark 2026-01-02T03:04:05Z, 00:00:05 behind the latest row, idle
              orders/1: 0 rows, 0 late, 0 rejected, no watermark yet
            operator per-hour: late_dropped 3, rows 997
            """.ReplaceLineEndings("\n"), metrics.ToString());
    }

    [Fact]
    public void Notices_are_their_kind_and_message() => Assert.Equal(
        "StoreUnavailable: Pipeline 'shop', epoch 7: sources wait.",
        new JobNotice("shop", JobNoticeKind.StoreUnavailable, "Pipeline 'shop', epoch 7: sources wait.",
            new IOException("disk")).ToString());

    private static object? Another(PropertyInfo property) => property.Name == "MaxDepth" ? 48 : Another(property.PropertyType);

    private static object? Another(Type type) => type switch
    {
        _ when type == typeof(int) || type == typeof(int?) => 4096,
        _ when type == typeof(long) || type == typeof(long?) => 4711L,
        _ when type == typeof(TimeSpan) || type == typeof(TimeSpan?) => TimeSpan.FromMinutes(17),
        _ when type == typeof(string) => "another",
        _ when type == typeof(bool) => true,
        _ when type.IsEnum => Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1),
        _ when type == typeof(TimeProvider) => TimeProvider.System,
        _ => null,
    };
}
