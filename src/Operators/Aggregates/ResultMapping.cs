using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ActorStreams.Operators.Aggregates;

/// <summary>Makes one object of the user's of the results of several aggregates: by position, or by name.</summary>
internal static class ResultMapping
{
    private const int TupleItems = 7;

    /// <summary>The function from all results, as nested pairs, to the user's type.</summary>
    /// <exception cref="PipelineException">No constructor or property fits.</exception>
    public static Func<TOut, TResult> Of<TOut, TResult>(string description, IReadOnlyList<AggregatePart> parts)
    {
        ParameterExpression results = Expression.Parameter(typeof(TOut), "results");
        var target = new Target(typeof(TResult), $"Aggregates '{description}' into '{typeof(TResult).Name}'", parts);
        Expression made = parts.Any(static part => part.Name is not null)
            ? target.ByName(results)
            : target.ByPosition(typeof(TResult), [.. parts.Select(part => part.Of(results))], 0);
        return Expression.Lambda<Func<TOut, TResult>>(made, results).Compile();
    }

    private sealed class Target(Type type, string where, IReadOnlyList<AggregatePart> parts)
    {
        public Expression ByPosition(Type wanted, Expression[] results, int first)
        {
            if (results.Length == 1 && Converted(results[0], wanted) is { } only)
                return only;
            if (results.Length > TupleItems && wanted.FullName?.StartsWith("System.ValueTuple`8", StringComparison.Ordinal) == true)
            {
                Type[] items = wanted.GetGenericArguments();
                Expression rest = ByPosition(items[^1], results[TupleItems..], first + TupleItems);
                return Expression.New(wanted.GetConstructor(items)!,
                    [.. results[..TupleItems].Select((item, i) => To(item, items[i], first + i)), rest]);
            }

            ConstructorInfo[] fitting = [.. wanted.GetConstructors().Where(one => Fits(one.GetParameters(), results))];
            ConstructorInfo? exact = Array.Find(fitting,
                one => one.GetParameters().Zip(results).All(static two => two.First.ParameterType == two.Second.Type));
            if ((exact ?? fitting.FirstOrDefault()) is not { } constructor)
                throw Refused(
                    $"there is no public constructor with these parameters: {List(parts.Select(static part => Name(part.ResultType)))}");
            return Expression.New(constructor, constructor.GetParameters()
                .Zip(results, static (parameter, result) => Converted(result, parameter.ParameterType)!));
        }

        public Expression ByName(Expression results)
        {
            if (parts.FirstOrDefault(static part => part.Name is null) is { } unnamed)
                throw Refused(
                    $"'{unnamed.Description}' has no name, but others have. Give it one with {nameof(Aggregate<,>.As)}(name), or none to any");
            if (parts.GroupBy(static part => part.Name, StringComparer.OrdinalIgnoreCase)
                .FirstOrDefault(static same => same.Count() > 1) is { } twice)
                throw Refused($"two aggregates are named '{twice.Key}'");

            var left = parts.ToDictionary(static part => part.Name!, StringComparer.OrdinalIgnoreCase);
            ConstructorInfo? constructor = type.GetConstructors()
                .Where(one => one.GetParameters().All(parameter => left.ContainsKey(parameter.Name!)))
                .MaxBy(static one => one.GetParameters().Length);
            if (constructor is null && !type.IsValueType)
                throw Refused($"there is no public constructor whose parameters are among these names: {List(left.Keys)}");
            var arguments = new List<Expression>();
            foreach (ParameterInfo parameter in constructor?.GetParameters() ?? [])
            {
                left.Remove(parameter.Name!, out AggregatePart? part);
                arguments.Add(To(part!, results, parameter.ParameterType));
            }

            MemberBinding[] bindings = [.. left.Values.Select(part => Bound(part, results))];
            RequireRequired(constructor, bindings);
            NewExpression made = constructor is null ? Expression.New(type) : Expression.New(constructor, arguments);
            return bindings.Length == 0 ? made : Expression.MemberInit(made, bindings);
        }

        private static bool Fits(ParameterInfo[] parameters, Expression[] results) =>
            parameters.Length == results.Length && parameters.Zip(results)
                .All(static two => Converted(two.Second, two.First.ParameterType) is not null);

        private static string List(IEnumerable<string> names) => string.Join(", ", names);

        private static string Name(Type type) => Nullable.GetUnderlyingType(type) is { } value ? $"{Name(value)}?" : type.Name;

        /// <summary>The result as the type wanted, if that loses nothing; null if it would.</summary>
        private static Expression? Converted(Expression result, Type wanted)
        {
            if (result.Type == wanted)
                return result;
            return wanted.IsAssignableFrom(result.Type) || Nullable.GetUnderlyingType(wanted) == result.Type
                ? Expression.Convert(result, wanted) : null;
        }

        private MemberAssignment Bound(AggregatePart part, Expression results)
        {
            MemberInfo[] named = [.. type.GetMembers(BindingFlags.Public | BindingFlags.Instance)
                .Where(member => member is PropertyInfo { SetMethod.IsPublic: true } or FieldInfo { IsInitOnly: false })
                .Where(member => string.Equals(member.Name, part.Name, StringComparison.OrdinalIgnoreCase))];
            MemberInfo member = Array.Find(named, one => one.Name == part.Name) ?? named.FirstOrDefault()
                ?? throw Refused(
                    $"'{part.Name}' ({part.Description}) is neither a parameter of its constructor nor a property that can be set");
            return Expression.Bind(member,
                To(part, results, member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType));
        }

        private void RequireRequired(ConstructorInfo? constructor, MemberBinding[] bindings)
        {
            if (constructor?.IsDefined(typeof(SetsRequiredMembersAttribute)) == true)
                return;
            MemberInfo? missing = Array.Find(
                type.GetMembers(BindingFlags.Public | BindingFlags.Instance),
                member => member.IsDefined(typeof(RequiredMemberAttribute))
                    && !Array.Exists(bindings, one => one.Member.Name == member.Name));
            if (missing is not null)
                throw Refused($"no aggregate is named as the required '{missing.Name}'");
        }

        private Expression To(AggregatePart part, Expression results, Type wanted) => Converted(part.Of(results), wanted)
            ?? throw Refused($"'{part.Description}' is {Name(part.ResultType)}, and '{part.Name}' is {Name(wanted)}");

        private Expression To(Expression result, Type wanted, int at) => Converted(result, wanted)
            ?? throw Refused($"'{parts[at].Description}' is {Name(parts[at].ResultType)}, and item {at + 1} is {Name(wanted)}");

        private PipelineException Refused(string why) => new($"{where}: {why}. What there is: " +
            $"{List(parts.Select(static part => $"{part.Description} is {Name(part.ResultType)}"))}. Null is the result of nothing: a type that " +
            "cannot be null needs a function, Into(…), that says what to take instead.");
    }
}
