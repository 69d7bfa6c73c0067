(* Finite probability from first principles.

   law A          a probability law with finitely many outcomes in A: weights that are nonnegative and sum to one
   E mu f         the expected value of f under mu
   Pr mu e        the probability of the event e
   Var mu f       the variance of f under mu
   surely mu P    every outcome of mu has the property P
   dirac a        the law that is a for sure
   bind mu k      draw x from mu, then draw from k x: one step of a Markov chain with transition law k
   image f mu     the law of f x when x is drawn from mu
   iid n mu       the law of n independent draws from mu, a list of length n
   uniform x s    a draw from the list x :: s, every place with the same chance
   total f s, average f s   the sum and the mean of f over a list
*)
From mathcomp Require Import all_ssreflect ssralg ssrnum ring lra reals.
Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Laws.
Variable R : realType.

Record law (A : Type) := Law {
  atoms : seq (R * A);
  weights_ge0 : all (fun x => 0 <= x.1) atoms;
  weights_sum : \sum_(x <- atoms) x.1 = 1 }.

Definition E A (mu : law A) (f : A -> R) : R := \sum_(x <- atoms mu) x.1 * f x.2.

Definition Pr A (mu : law A) (e : pred A) : R := E mu (fun x => (e x)%:R).

Definition Var A (mu : law A) (f : A -> R) : R := E mu (fun x => (f x - E mu f) ^+ 2).

Definition surely A (mu : law A) (P : A -> Prop) := forall x, List.In x (atoms mu) -> P x.2.

Section Expectation.
Variables (A : Type) (mu : law A).
Implicit Types f g : A -> R.

Lemma E_const c : E mu (fun=> c) = c.
Proof. by rewrite /E -mulr_suml weights_sum mul1r. Qed.

Lemma E_eq f g : (forall x, f x = g x) -> E mu f = E mu g.
Proof. by move=> fg; apply: eq_bigr => x _; rewrite fg. Qed.

Lemma E_surely (P : A -> Prop) f g :
  surely mu P -> (forall x, P x -> f x = g x) -> E mu f = E mu g.
Proof.
rewrite /surely /E => h fg; elim: (atoms mu) h => [|x s ih] h; first by rewrite !big_nil.
rewrite !big_cons fg ?ih//; last by apply: h; left.
by move=> y ys; apply: h; right.
Qed.

Lemma E_add f g : E mu (fun x => f x + g x) = E mu f + E mu g.
Proof. by rewrite /E -big_split; apply: eq_bigr => x _; rewrite mulrDr. Qed.

Lemma E_scale c f : E mu (fun x => c * f x) = c * E mu f.
Proof. by rewrite /E mulr_sumr; apply: eq_bigr => x _; rewrite mulrCA. Qed.

Lemma E_sub f g : E mu (fun x => f x - g x) = E mu f - E mu g.
Proof.
rewrite (E_eq (g := fun x => f x + (-1) * g x)); first by rewrite E_add E_scale mulN1r.
by move=> x; rewrite mulN1r.
Qed.

Lemma E_sum (I : Type) (r : seq I) (P : pred I) (f : I -> A -> R) :
  E mu (fun x => \sum_(i <- r | P i) f i x) = \sum_(i <- r | P i) E mu (f i).
Proof.
elim: r => [|i r ih]; first by rewrite big_nil (E_eq (g := fun=> 0)) ?E_const// => x; rewrite big_nil.
rewrite big_cons; case: ifP => Pi.
  rewrite -ih -E_add; apply: E_eq => x; by rewrite big_cons Pi.
by rewrite -ih; apply: E_eq => x; rewrite big_cons Pi.
Qed.

Lemma E_ge0 f : (forall x, 0 <= f x) -> 0 <= E mu f.
Proof.
move=> f0; rewrite /E; have := weights_ge0 mu; elim: (atoms mu) => [|x s ih]; first by rewrite big_nil.
by move=> /= /andP[x0 s0]; rewrite big_cons addr_ge0 ?ih// mulr_ge0.
Qed.

Lemma E_surely_ge0 (P : A -> Prop) f : surely mu P -> (forall x, P x -> 0 <= f x) -> 0 <= E mu f.
Proof.
rewrite /surely /E => h f0; have := weights_ge0 mu.
elim: (atoms mu) h => [|x s ih] h; first by rewrite big_nil.
move=> /= /andP[x0 s0]; rewrite big_cons addr_ge0 ?ih//.
  by rewrite mulr_ge0// f0//; apply: h; left.
by move=> y ys; apply: h; right.
Qed.

Lemma E_surely_le (P : A -> Prop) f g :
  surely mu P -> (forall x, P x -> f x <= g x) -> E mu f <= E mu g.
Proof.
move=> h fg; rewrite -subr_ge0 -E_sub; apply: (E_surely_ge0 h) => x Px; by rewrite subr_ge0 fg.
Qed.

Lemma E_le f g : (forall x, f x <= g x) -> E mu f <= E mu g.
Proof.
move=> fg; have h : surely mu (fun=> True) by [].
by apply: (E_surely_le h) => x _.
Qed.

Lemma Pr_ge0 e : 0 <= Pr mu e.
Proof. by apply: E_ge0 => x; rewrite ler0n. Qed.

Lemma Pr_le1 e : Pr mu e <= 1.
Proof. by rewrite -(E_const 1); apply: E_le => x; case: (e x); rewrite ?ler01. Qed.

Lemma Pr_not e : Pr mu (fun x => ~~ e x) = 1 - Pr mu e.
Proof.
rewrite -(E_const 1) /Pr -E_sub; apply: E_eq => x; by case: (e x); rewrite /= ?subrr ?subr0.
Qed.

(* Markov's inequality. *)
Lemma markov f (a : R) : (forall x, 0 <= f x) -> a * Pr mu (fun x => a <= f x) <= E mu f.
Proof.
move=> f0; rewrite /Pr -E_scale; apply: E_le => x.
by case: (leP a (f x)) => h /=; rewrite ?mulr1 ?mulr0.
Qed.

(* The variance is the second moment less the square of the mean. *)
Lemma Var_moments f : Var mu f = E mu (fun x => f x ^+ 2) - (E mu f) ^+ 2.
Proof.
rewrite /Var; set m := E mu f.
rewrite (E_eq (g := fun x => f x ^+ 2 + ((- 2 * m) * f x + m ^+ 2))); last by move=> x; ring.
by rewrite !E_add E_scale E_const -/m; ring.
Qed.

Lemma Var_ge0 f : 0 <= Var mu f.
Proof. by apply: E_ge0 => x; rewrite sqr_ge0. Qed.

(* The mean squared deviation from any point is the variance plus the squared bias. *)
Lemma E_square_deviation f c : E mu (fun x => (f x - c) ^+ 2) = Var mu f + (E mu f - c) ^+ 2.
Proof.
rewrite Var_moments.
rewrite (E_eq (g := fun x => f x ^+ 2 + ((- 2 * c) * f x + c ^+ 2))); last by move=> x; ring.
by rewrite !E_add E_scale E_const; ring.
Qed.

End Expectation.
Arguments E_eq {A mu f g}.
Arguments E_surely {A mu P f g}.
Arguments E_ge0 {A mu f}.
Arguments E_le {A mu f g}.
Arguments E_surely_ge0 {A mu P f}.
Arguments E_surely_le {A mu P f g}.

Lemma E_exchange A B (mu : law A) (nu : law B) (f : A -> B -> R) :
  E mu (fun x => E nu (f x)) = E nu (fun y => E mu (f ^~ y)).
Proof.
rewrite /E (eq_bigr _ (fun x _ => mulr_sumr _ _ _ _)) exchange_big /=; apply: eq_bigr => y _.
by rewrite mulr_sumr; apply: eq_bigr => x _; rewrite mulrCA.
Qed.

Section Constructions.
Variables A B : Type.

Lemma dirac_ge0 (a : A) : all (fun x : R * A => 0 <= x.1) [:: (1, a)].
Proof. by rewrite /= ler01. Qed.

Lemma dirac_sum (a : A) : \sum_(x <- [:: (1, a)]) x.1 = 1 :> R.
Proof. by rewrite big_seq1. Qed.

Definition dirac a := Law (dirac_ge0 a) (dirac_sum a).

Definition bind_atoms (mu : law A) (k : A -> law B) : seq (R * B) :=
  flatten [seq [seq (x.1 * y.1, y.2) | y <- atoms (k x.2)] | x <- atoms mu].

Lemma bind_ge0 mu k : all (fun x => 0 <= x.1) (bind_atoms mu k).
Proof.
rewrite /bind_atoms; have := weights_ge0 mu; elim: (atoms mu) => //= x s ih /andP[x0 s0].
rewrite all_cat ih// andbT all_map; have := weights_ge0 (k x.2).
by apply: sub_all => y /= y0; rewrite mulr_ge0.
Qed.

Lemma bind_sum mu k : \sum_(x <- bind_atoms mu k) x.1 = 1.
Proof.
rewrite /bind_atoms big_flatten /= big_map -(weights_sum mu); apply: eq_bigr => x _.
by rewrite big_map -mulr_sumr weights_sum mulr1.
Qed.

Definition bind mu k := Law (bind_ge0 mu k) (bind_sum mu k).

Lemma E_dirac a f : E (dirac a) f = f a.
Proof. by rewrite /E big_seq1 mul1r. Qed.

Lemma E_bind mu k f : E (bind mu k) f = E mu (fun x => E (k x) f).
Proof.
rewrite /E /bind /= /bind_atoms big_flatten /= big_map; apply: eq_bigr => x _.
by rewrite big_map mulr_sumr; apply: eq_bigr => y _; rewrite mulrA.
Qed.

End Constructions.

Definition image A B (f : A -> B) (mu : law A) := bind mu (fun x => dirac (f x)).

Lemma E_image A B (f : A -> B) mu g : E (image f mu) g = E mu (fun x => g (f x)).
Proof. by rewrite E_bind; apply: E_eq => x; rewrite E_dirac. Qed.

Section Surely.

Lemma surely_dirac A (a : A) (P : A -> Prop) : P a -> surely (dirac a) P.
Proof. by move=> Pa x /= [<-|[]]. Qed.

Lemma surely_bind A B (mu : law A) (k : A -> law B) (P : A -> Prop) (Q : B -> Prop) :
  surely mu P -> (forall x, P x -> surely (k x) Q) -> surely (bind mu k) Q.
Proof.
rewrite /surely /bind /= /bind_atoms; elim: (atoms mu) => //= x s ih h hk y /List.in_app_iff[|].
  move=> /List.in_map_iff[z [<- zin]] /=; apply: (hk x.2) zin; apply: h; by left.
by apply: ih => // z zs; apply: h; right.
Qed.

Lemma surely_image A B (f : A -> B) (mu : law A) (P : B -> Prop) :
  surely mu (fun x => P (f x)) -> surely (image f mu) P.
Proof. move=> h; apply: (surely_bind h) => x Px; exact: surely_dirac. Qed.

Lemma surelyT A (mu : law A) (P : A -> Prop) : (forall x, P x) -> surely mu P.
Proof. by move=> h x _. Qed.

Lemma surely_sub A (mu : law A) (P Q : A -> Prop) :
  surely mu P -> (forall x, P x -> Q x) -> surely mu Q.
Proof. by move=> h PQ x /h /PQ. Qed.

Lemma surely_and A (mu : law A) (P Q : A -> Prop) :
  surely mu P -> surely mu Q -> surely mu (fun x => P x /\ Q x).
Proof. by move=> p q x xin; split; [apply: p|apply: q]. Qed.

End Surely.

Section Sampling.
Variable A : Type.
Implicit Types (mu : law A) (f g : A -> R).

Fixpoint iid n mu : law (seq A) :=
  if n is m.+1 then bind mu (fun x => image (cons x) (iid m mu)) else dirac [::].

Definition total f (s : seq A) : R := \sum_(x <- s) f x.

Definition average f (s : seq A) : R := total f s / (size s)%:R.

Lemma size_iid n mu : surely (iid n mu) (fun s => size s = n).
Proof.
elim: n => [|n ih] /=; first exact: surely_dirac.
apply: (@surely_bind _ _ _ _ (fun=> True)) => // x _.
by apply: surely_image; apply: (surely_sub ih) => s /= ->.
Qed.

(* Whatever holds for every outcome of mu holds for every draw. *)
Lemma surely_iid n mu (P : A -> Prop) :
  surely mu P -> surely (iid n mu) (fun s => forall x, List.In x s -> P x).
Proof.
move=> h; elim: n => [|n ih] /=; first by apply: surely_dirac.
apply: (surely_bind h) => x Px; apply: surely_image; apply: (surely_sub ih) => s hs y /= [<-|]//; exact: hs.
Qed.

Lemma E_iidS n mu (F : seq A -> R) :
  E (iid n.+1 mu) F = E mu (fun x => E (iid n mu) (fun s => F (x :: s))).
Proof. by rewrite /= E_bind; apply: E_eq => x; rewrite E_image. Qed.

Lemma E_total n mu f : E (iid n mu) (total f) = n%:R * E mu f.
Proof.
elim: n => [|n ih]; first by rewrite mul0r /= E_dirac /total big_nil.
rewrite E_iidS (E_eq (g := fun x => f x + n%:R * E mu f)); first by rewrite E_add E_const -natr1; ring.
move=> x; rewrite -ih -[in RHS](E_const (iid n mu) (f x)) -E_add.
by apply: E_eq => s; rewrite /total big_cons.
Qed.

(* Two draws are independent: the second moments of sums. *)
Lemma E_total_total n mu f g :
  E (iid n mu) (fun s => total f s * total g s) =
  n%:R * E mu (fun x => f x * g x) + n%:R * (n%:R - 1) * (E mu f * E mu g).
Proof.
elim: n => [|n ih]; first by rewrite !mul0r addr0 /= E_dirac /total !big_nil mul0r.
rewrite E_iidS (E_eq (g := fun x => f x * g x + ((n%:R * E mu g) * f x +
   ((n%:R * E mu f) * g x + E (iid n mu) (fun s => total f s * total g s))))); last first.
  move=> x; rewrite -!(E_total n).
  rewrite (E_eq (g := fun s => f x * g x + (f x * total g s + (g x * total f s + total f s * total g s)))).
    by rewrite !E_add !E_scale E_const; ring.
  by move=> s; rewrite /total !big_cons; ring.
by rewrite !E_add !E_scale E_const ih -natr1; ring.
Qed.

(* The mean of the sample is unbiased. *)
Lemma E_average n mu f : (0 < n)%N -> E (iid n mu) (average f) = E mu f.
Proof.
move=> n0; have n1 : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite (E_surely (P := fun s => size s = n) (g := fun s => n%:R^-1 * total f s)).
- by rewrite E_scale E_total mulKf.
- exact: size_iid.
by move=> s sn; rewrite /average sn mulrC.
Qed.

Lemma E_average_average n mu f g : (0 < n)%N ->
  E (iid n mu) (fun s => average f s * average g s) =
  E mu (fun x => f x * g x) / n%:R + (1 - 1 / n%:R) * (E mu f * E mu g).
Proof.
move=> n0; have n1 : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite (E_surely (P := fun s => size s = n) (g := fun s => (n%:R^-1 ^+ 2) * (total f s * total g s))).
- by rewrite E_scale E_total_total; field.
- exact: size_iid.
by move=> s sn; rewrite /average sn; field.
Qed.

(* The mean of n draws has the variance of one draw over n. *)
Lemma Var_average n mu f : (0 < n)%N -> Var (iid n mu) (average f) = Var mu f / n%:R.
Proof.
move=> n0; have n1 : n%:R != 0 :> R by rewrite pnatr_eq0 -lt0n.
rewrite !Var_moments E_average// (E_eq (g := fun s => average f s * average f s)); last by move=> s; rewrite expr2.
rewrite E_average_average// (E_eq (f := fun x => f x * f x) (g := fun x => f x ^+ 2)); last by move=> x; rewrite expr2.
by field.
Qed.

Section Uniform.
Variables (x : A) (s : seq A).

Lemma uniform_ge0 : all (fun y : R * A => 0 <= y.1) [seq ((size (x :: s))%:R^-1, y) | y <- x :: s].
Proof.
have h : 0 <= (size (x :: s))%:R^-1 :> R by rewrite invr_ge0 ler0n.
by rewrite all_map (eq_all (a2 := predT)) ?all_predT // => y /=; rewrite h.
Qed.

Lemma uniform_sum : \sum_(y <- [seq ((size (x :: s))%:R^-1 : R, y) | y <- x :: s]) y.1 = 1.
Proof.
rewrite big_map (eq_bigr (fun=> (size (x :: s))%:R^-1)) // big_const_seq count_predT iter_addr_0.
by rewrite -[LHS]mulr_natl mulfV// pnatr_eq0.
Qed.

Definition uniform := Law uniform_ge0 uniform_sum.

Lemma E_uniform f : E uniform f = average f (x :: s).
Proof. by rewrite /E big_map /= -mulr_sumr mulrC. Qed.

End Uniform.

End Sampling.

(* The law of a sample on an eqType: every list of length n has the product of the masses of its entries. *)
Lemma iid_mass (A : eqType) n (mu : law A) (s : seq A) : size s = n ->
  Pr (iid n mu) (pred1 s) = \prod_(x <- s) Pr mu (pred1 x).
Proof.
rewrite /Pr; elim: n s => [|n ih] [|y s] //=; first by rewrite E_dirac big_nil eqxx.
move=> [sn]; rewrite E_bind big_cons.
rewrite (E_eq (g := fun x => (\prod_(z <- s) Pr mu (pred1 z)) * (x == y)%:R)); first by rewrite E_scale mulrC.
move=> x; rewrite E_image -(ih s sn); case: (eqVneq x y) => [->|xy]; last first.
  rewrite mulr0 (E_eq (g := fun=> 0)) ?E_const// => u; by rewrite /= eqseq_cons (negbTE xy).
by rewrite mulr1; apply: E_eq => u; rewrite /= eqseq_cons eqxx.
Qed.

End Laws.

Arguments E_eq {R A mu f g}.
Arguments E_surely {R A mu P f g}.
Arguments E_ge0 {R A mu f}.
Arguments E_le {R A mu f g}.
Arguments E_surely_ge0 {R A mu P f}.
Arguments E_surely_le {R A mu P f g}.
Arguments E_const {R A}.
Arguments size_iid {R A}.
Arguments surely_sub {R A mu P Q}.
Arguments surely_and {R A mu P Q}.
Arguments surely_iid {R A} n {mu P}.
Arguments surely_bind {R A B mu k P Q}.
Arguments surely_image {R A B f mu P}.
