using System.Reflection;
using ActorStreams.Core.Exchange;
using ActorStreams.Core.Keys;
using ActorStreams.Core.Pipelines;
using ActorStreams.Core.Regions;
using ActorStreams.Core.Stages;
using ActorStreams.Core.Storage;
using ActorStreams.TestKit;

namespace ActorStreams.Simulation.Tests;

/// <summary>
/// A part that its actor does not know of is not resumed, not asked at barriers, not told the time, and nothing says so. So every operator
/// is built here (the scenarios have them all but one, see <see cref="OperatorsTakePartSpec"/>), and whatever can be reached from the
/// actors must be known to one.
/// </summary>
[Trait("Issue", "D8")]
public sealed class PartsSpec
{
    private static readonly Assembly[] s_product = [typeof(Pipeline).Assembly, typeof(WindowKinds).Assembly];

    private static readonly Type[] s_kinds =
    [
        typeof(IResumable), typeof(IAsyncPart), typeof(IEpochPart), typeof(IProcessingTimePart), typeof(ISinkPart), typeof(IRowBuffer),
        typeof(IRegion), typeof(OutputPort),
    ];

    private const BindingFlags AllFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>No scenario: what it finds depends on when rows come.</summary>
    private const string ByTheClock = "PatternByTheClock";

    public static TheoryData<string> Pipelines => [.. Names];

    private static IEnumerable<string> Names => [.. Scenario.All.Select(scenario => scenario.Name), ByTheClock];

    [Theory]
    [MemberData(nameof(Pipelines))]
    public void Every_part_of_an_actor_is_known_to_it_as_all_that_it_is(string pipeline)
    {
        JobBuild build = BuildOf(pipeline);
        HashSet<(Type, object)> known =
        [
            .. build.Actors.SelectMany(actor => KnownTo(actor.Context)),
            .. Of(typeof(IRegion), build.Regions),
        ];

        Assert.Empty(PartsIn(build).Where(part => !known.Contains((part.Kind, part.Part)))
            .Select(part => $"{part.Part.GetType().Name} as {part.Kind.Name}"));
    }

    [Fact]
    public void Every_kind_of_part_is_built_by_one_of_them()
    {
        HashSet<Type> built = [.. Names.SelectMany(pipeline => PartsIn(BuildOf(pipeline))).Select(part => Definition(part.Part.GetType()))];

        Assert.Equal(NotSimulatedYet.Parts, s_product.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false } && s_kinds.Any(kind => kind.IsAssignableFrom(type)))
            .Where(type => !built.Contains(type))
            .Select(type => type.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_downstream_is_resumed_before_what_sends_to_it()
    {
        Assert.All(Names.SelectMany(pipeline => BuildOf(pipeline).Actors), actor =>
        {
            IResumable[] parts = actor.Context.Resumables;
            for (int at = 0; at < parts.Length; at++)
            {
                Assert.Empty(Reachable(parts[at], stopsAtPorts: true).OfType<IResumable>()
                    .Where(found => Array.IndexOf(parts, found) > at).Select(found => found.GetType().Name));
            }
        });
    }

    private static IEnumerable<(Type, object)> KnownTo(StageContext context) =>
        Of(typeof(IResumable), context.Resumables).Concat(Of(typeof(IAsyncPart), context.AsyncParts))
            .Concat(Of(typeof(IEpochPart), context.EpochParts))
            .Concat(Of(typeof(IProcessingTimePart), context.ProcessingTimeParts)).Concat(Of(typeof(ISinkPart), context.Sinks))
            .Concat(Of(typeof(IRowBuffer), context.Buffers)).Concat(Of(typeof(OutputPort), context.Outputs));

    private static IEnumerable<(Type, object)> Of(Type kind, IEnumerable<object> parts) => parts.Select(part => (kind, part));

    /// <summary>All parts that can be reached, as each kind that they are; one that never uses the clock need not be told the
    /// time.</summary>
    private static IEnumerable<(Type Kind, object Part)> PartsIn(JobBuild build) =>
        from part in Reachable(build, stopsAtPorts: false)
        from kind in s_kinds
        where kind.IsInstanceOfType(part) && (kind != typeof(IProcessingTimePart) || part is IProcessingTimePart { UsesClock: true })
        select (kind, part);

    private static JobBuild BuildOf(string name)
    {
        Pipeline pipeline = Pipeline.Create("simulated");
        var world = new SimulatedWorld(1, new VirtualClock(), FaultPlan.None());
        if (name == ByTheClock)
            MatchByTheClock(pipeline, world);
        else
            Scenario.All.Single(scenario => scenario.Name == name).Build(pipeline, world);
        var partitions = pipeline.Nodes.Where(node => node is ISourceNode)
            .ToDictionary(node => node, IReadOnlyList<string> (_) => ["first", "second"]);
        var options = new JobOptions { Parallelism = 2, Clock = new VirtualClock() };
        return new JobBuild(new Plan(pipeline, options, partitions), new ShardMap(4), partitions, new NoRun(), new JobViews());
    }

    private static void MatchByTheClock(Pipeline pipeline, SimulatedWorld world) => pipeline
        .Read("payments", world.Source("payments", random => Payment.Partitions(random))).KeyBy(payment => payment.Account)
        .Match("large", Pattern.Begin<Payment>("large", payment => payment.Amount > 10)).InProcessingTime().Select(match => match.Key)
        .Write("found", world.Table<string>("found"));

    /// <summary>Every object of the product that can be reached through fields.</summary>
    private static IReadOnlyCollection<object> Reachable(object from, bool stopsAtPorts)
    {
        var found = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var next = new Stack<object>([from]);
        while (next.TryPop(out object? one))
        {
            if (!found.Add(one) || (stopsAtPorts && one is OutputPort or StageContext or StageBuild or StreamNode or JobBuild or Inbox))
                continue;
            if (one is Array array)
            {
                foreach (object? item in array)
                    Visit(item);
                continue;
            }

            for (Type? type = one.GetType(); type is not null; type = type.BaseType)
            {
                foreach (FieldInfo field in type.GetFields(AllFields))
                {
                    if (!field.FieldType.IsPrimitive && !field.FieldType.IsPointer && !field.FieldType.IsByRefLike)
                        Visit(field.GetValue(one));
                }
            }
        }

        return found;

        void Visit(object? value)
        {
            if (value is not null and not string and not Type && MayLead(value.GetType()))
                next.Push(value);
        }
    }

    /// <summary>What is not of the product matters only where it may hold something that is: collections and functions.</summary>
    private static bool MayLead(Type type) => type.IsArray
        ? !type.GetElementType()!.IsPrimitive
        : type.Namespace is { } space && (space.StartsWith("ActorStreams", StringComparison.Ordinal)
            || space.StartsWith("System.Collections", StringComparison.Ordinal)
            || type.IsSubclassOf(typeof(Delegate)));

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    private sealed class NoRun : IStageRun
    {
        public bool IsVolatile => true;

        public void Report(StageLoop actor, EpochReport report)
        {
        }

        public void OnSourceEnded(StageLoop actor)
        {
        }

        public void OnCommitTaken(StageLoop actor)
        {
        }

        public void OnFailed(StageLoop actor, Exception error)
        {
        }

        public void AskForEpoch()
        {
        }
    }
}
